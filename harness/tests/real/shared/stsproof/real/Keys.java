package stsproof.real;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/** Keys of an STS and of those who meet it, made by keytool at the first start and kept in a folder of the user's. */
public final class Keys {
    /** Opens the store and every key in it. It guards nothing: whoever reads the folder has the PEM files too. */
    public static final String PASSWORD = "stsproof";

    /** Who has a key: the STS (tokens and answers), its TLS port, a requestor, a relying party. */
    private static final List<String> OWNERS = List.of("sts", "tls", "client", "rp");

    private final Path folder;

    private Keys(Path folder) {
        this.folder = folder;
    }

    public static Keys in(Path folder) throws Exception {
        Keys keys = new Keys(folder);
        if (!Files.exists(folder.resolve("rp.key.pem"))) {
            Files.createDirectories(folder);
            Files.deleteIfExists(keys.store());
            for (String owner : OWNERS) {
                keys.generate(owner);
            }
            keys.export();
        }
        return keys;
    }

    /** The store with everybody's key, PKCS#12. */
    public Path store() {
        return folder.resolve("keys.p12");
    }

    public Path folder() {
        return folder;
    }

    private void generate(String owner) throws Exception {
        List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair", "-alias", owner, "-keyalg", "RSA", "-keysize", "2048", "-sigalg", "SHA256withRSA",
            "-validity", "3650", "-dname", "CN=" + owner + ", OU=stsproof test key",
            "-storetype", "PKCS12", "-keystore", store().toString(), "-storepass", PASSWORD));
        if (owner.equals("tls")) {
            Collections.addAll(command, "-ext", "san=ip:127.0.0.1,dns:localhost");
        }
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool: " + said);
        }
    }

    /** What the other side needs, as PEM. */
    private void export() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(store())) {
            store.load(bytes, PASSWORD.toCharArray());
        }
        for (String owner : OWNERS) {
            write(owner + ".cert.pem", "CERTIFICATE", store.getCertificate(owner).getEncoded());
        }
        for (String owner : List.of("client", "rp")) {
            byte[] key = store.getKey(owner, PASSWORD.toCharArray()).getEncoded();
            write(owner + ".key.pem", "PRIVATE KEY", key);
        }
    }

    private void write(String name, String kind, byte[] der) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        String pem = "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
        Files.writeString(folder.resolve(name), pem);
    }
}
