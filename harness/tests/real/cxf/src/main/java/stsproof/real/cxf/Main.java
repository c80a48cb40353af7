package stsproof.real.cxf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.apache.cxf.Bus;
import org.apache.cxf.BusFactory;
import org.apache.cxf.bus.CXFBusFactory;
import org.apache.cxf.transport.servlet.CXFNonSpringServlet;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import stsproof.real.House;
import stsproof.real.Keys;
import stsproof.real.Ports;

/** Apache CXF's STS on two free ports of the loopback interface. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) throws Exception {
        House.resolveNothingButLocalhost();
        House.stopWithParent();
        Logger.getLogger("").setLevel(Level.SEVERE);
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "real-cxf").toAbsolutePath();
        Keys keys = Keys.in(folder.resolve("keys"));

        Bus bus = new CXFBusFactory().createBus();
        BusFactory.setDefaultBus(bus);
        Server server = new Server();
        ServerConnector http = Ports.plain(server);
        ServerConnector https = Ports.tls(server, keys);
        CXFNonSpringServlet servlet = new CXFNonSpringServlet();
        servlet.setBus(bus);
        ServletContextHandler context = new ServletContextHandler(server, "/");
        context.addServlet(new ServletHolder(servlet), "/*");
        server.start();

        Path wsdls = Files.createDirectories(folder.resolve("wsdl"));
        for (Door door : Door.ALL) {
            for (String soap : List.of("11", "12")) {
                door.open(bus, soap, keys, wsdls);
            }
        }
        House.ready("Apache CXF STS 3.6.10", Map.of(
            "CXF_HTTP", "http://127.0.0.1:" + http.getLocalPort(),
            "CXF_HTTPS", "https://127.0.0.1:" + https.getLocalPort(),
            "CXF_KEYS", keys.folder().toString()));
        server.join();
    }
}
