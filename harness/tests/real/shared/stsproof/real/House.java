package stsproof.real;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What every STS here does alike: where it may reach, when it is ready, when it stops. */
public final class House {
    private House() {
    }

    /** An STS may call out (ReplyTo, schema locations, metadata). Here it must not be able to find anybody. */
    public static void resolveNothingButLocalhost() throws Exception {
        String file = System.getProperty("jdk.net.hosts.file");
        String hosts = file == null ? "" : Files.readString(Path.of(file)).strip();
        if (!hosts.equals("127.0.0.1 localhost")) {
            System.err.println("start it with -Djdk.net.hosts.file=FILE, where FILE holds the one line `127.0.0.1 localhost`");
            System.exit(2);
        }
    }

    /** One line for the program that started this one: who is ready, and the values that its profile asks for. */
    public static void ready(String name, Map<String, String> variables) {
        StringBuilder line = new StringBuilder("{\"ready\":").append(quoted(name));
        line.append(",\"pid\":").append(ProcessHandle.current().pid()).append(",\"variables\":{");
        String comma = "";
        for (Map.Entry<String, String> variable : new TreeMap<>(variables).entrySet()) {
            line.append(comma).append(quoted(variable.getKey())).append(':').append(quoted(variable.getValue()));
            comma = ",";
        }
        System.out.println(line.append("}}"));
        System.out.flush();
    }

    /** Ends this process when standard input does, and so with the program that holds its other end. */
    public static void stopWithParent() {
        Thread watch = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // What is said does not matter, only that somebody is still there.
                }
            } catch (java.io.IOException gone) {
                // So is a broken pipe.
            }
            Runtime.getRuntime().halt(0);
        }, "parent");
        watch.setDaemon(true);
        watch.start();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
