package stsproof.real;

import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Free ports of the loopback interface. The same source serves Jetty 10 and Jetty 12. */
public final class Ports {
    private Ports() {
    }

    public static ServerConnector plain(Server server) {
        return connector(server, new HttpConnectionFactory());
    }

    public static ServerConnector tls(Server server, Keys keys) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStorePath(keys.store().toString());
        tls.setKeyStorePassword(Keys.PASSWORD);
        tls.setCertAlias("tls");
        // Whoever asks by IP address names no host in the handshake.
        tls.setSniRequired(false);
        HttpConfiguration secure = new HttpConfiguration();
        secure.addCustomizer(new SecureRequestCustomizer(false));
        return connector(server, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(secure));
    }

    private static ServerConnector connector(Server server, ConnectionFactory... speaks) {
        ServerConnector connector = new ServerConnector(server, 1, 1, speaks);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        return connector;
    }
}
