package stsproof.real.cxf;

import java.util.Map;

import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;

import org.apache.wss4j.common.ext.WSPasswordCallback;
import stsproof.real.Keys;

/** Who may ask, and how the keys of the store are opened. */
final class Accounts implements CallbackHandler {
    private static final Map<String, String> PASSWORDS = Map.of("alice", "wonderland", "bob", "builder");

    @Override
    public void handle(Callback[] callbacks) {
        for (Callback callback : callbacks) {
            if (callback instanceof WSPasswordCallback asked) {
                boolean key = asked.getUsage() == WSPasswordCallback.SIGNATURE
                    || asked.getUsage() == WSPasswordCallback.DECRYPT;
                asked.setPassword(key ? Keys.PASSWORD : PASSWORDS.get(asked.getIdentifier()));
            }
        }
    }
}
