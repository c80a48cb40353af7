package stsproof.real.metro;

import java.util.Map;

import com.sun.xml.wss.impl.callback.PasswordValidationCallback.DigestPasswordRequest;
import com.sun.xml.wss.impl.callback.PasswordValidationCallback.PasswordValidator;
import com.sun.xml.wss.impl.callback.PasswordValidationCallback.PlainTextPasswordRequest;
import com.sun.xml.wss.impl.callback.PasswordValidationCallback.Request;
import com.sun.xml.wss.impl.callback.PasswordValidationCallback.WsitDigestPasswordValidator;

/** Who may ask. */
final class Accounts {
    private static final Map<String, String> PASSWORDS = Map.of("alice", "wonderland", "bob", "builder");

    private Accounts() {
    }

    /** By a password as it is. */
    public static final class Text implements PasswordValidator {
        @Override
        public boolean validate(Request request) {
            return request instanceof PlainTextPasswordRequest asked
                && asked.getPassword() != null
                && asked.getPassword().equals(PASSWORDS.get(asked.getUsername()));
        }
    }

    /** By its digest, which Metro compares itself. */
    public static final class Digest extends WsitDigestPasswordValidator {
        @Override
        public void setPassword(Request request) {
            if (request instanceof DigestPasswordRequest asked) {
                asked.setPassword(PASSWORDS.getOrDefault(asked.getUsername(), ""));
            }
        }
    }
}
