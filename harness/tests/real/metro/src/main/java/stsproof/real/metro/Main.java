package stsproof.real.metro;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

import com.sun.xml.ws.transport.http.servlet.WSServlet;
import com.sun.xml.ws.transport.http.servlet.WSServletContextListener;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.resource.ResourceFactory;
import stsproof.real.House;
import stsproof.real.Keys;
import stsproof.real.Ports;

/** Eclipse Metro's STS on two free ports of the loopback interface. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) throws Exception {
        House.resolveNothingButLocalhost();
        House.stopWithParent();
        // It writes a stack trace for every fault.
        LogManager.getLogManager().reset();
        Logger.getLogger("").setLevel(Level.OFF);
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "real-metro").toAbsolutePath();
        Keys keys = Keys.in(folder.resolve("keys"));
        Path application = folder.resolve("application");
        Files.createDirectories(application.resolve("WEB-INF/wsdl"));
        Doors.write(application.resolve("WEB-INF"), keys);

        Server server = new Server();
        ServerConnector http = Ports.plain(server);
        ServerConnector https = Ports.tls(server, keys);
        ServletContextHandler context = new ServletContextHandler("/");
        context.setBaseResource(ResourceFactory.of(context).newResource(application));
        context.addEventListener(new WSServletContextListener());
        context.addServlet(new ServletHolder(new WSServlet()), "/*");
        server.setHandler(context);
        server.start();
        House.ready("Eclipse Metro 4.0.5", Map.of(
            "METRO_HTTP", "http://127.0.0.1:" + http.getLocalPort(),
            "METRO_HTTPS", "https://127.0.0.1:" + https.getLocalPort(),
            "METRO_KEYS", keys.folder().toString()));
        server.join();
    }
}
