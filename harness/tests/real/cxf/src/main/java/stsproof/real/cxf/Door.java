package stsproof.real.cxf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.xml.namespace.QName;

import org.apache.cxf.Bus;
import org.apache.cxf.jaxws.EndpointImpl;
import org.apache.cxf.ws.addressing.WSAddressingFeature;
import org.apache.cxf.ws.security.wss4j.WSS4JInInterceptor;
import org.apache.cxf.ws.security.wss4j.WSS4JOutInterceptor;
import stsproof.real.Keys;

/**
 * A way in: a name, what it demands of a requestor, and how the STS behind it is set up. A door is published twice, as
 * `/name11` and `/name12`.
 *
 * @param actions what WSS4J's interceptors demand where no policy does
 */
record Door(String name, Wsdl.Policy policy, String actions, Sts.Manner manner) {
    static final List<Door> ALL = List.of(
        new Door("plain", Wsdl.Policy.NONE, "UsernameToken Timestamp", Sts.Manner.USUAL),
        new Door("saml", Wsdl.Policy.NONE, "SAMLTokenSigned Timestamp", Sts.Manner.USUAL),
        new Door("samlkey", Wsdl.Policy.NONE, "SAMLTokenSigned Timestamp Signature", Sts.Manner.USUAL),
        new Door("ut", Wsdl.Policy.USERNAME, null, Sts.Manner.USUAL),
        new Door("utdigest", Wsdl.Policy.USERNAME_DIGEST, null, Sts.Manner.USUAL),
        new Door("x509", Wsdl.Policy.X509, null, Sts.Manner.USUAL),
        new Door("lenient", Wsdl.Policy.USERNAME, null, Sts.Manner.LENIENT),
        new Door("enc", Wsdl.Policy.USERNAME, null, Sts.Manner.ENCRYPTING));

    void open(Bus bus, String soap, Keys keys, Path wsdls) throws Exception {
        Path wsdl = wsdls.resolve(name + soap + ".wsdl");
        Files.writeString(wsdl, Wsdl.of(name, policy, soap));
        EndpointImpl endpoint = new EndpointImpl(bus, Sts.of(bus, keys, manner));
        endpoint.setWsdlLocation(wsdl.toUri().toString());
        endpoint.setServiceName(new QName(Wsdl.NAMESPACE, Wsdl.service(name)));
        endpoint.setEndpointName(new QName(Wsdl.NAMESPACE, "Port"));
        // Otherwise a request with addressing headers that must be understood is refused.
        WSAddressingFeature addressing = new WSAddressingFeature();
        addressing.setAddressingRequired(false);
        endpoint.setFeatures(List.of(addressing));
        endpoint.setProperties(properties(keys));
        if (actions != null) {
            endpoint.getInInterceptors().add(new WSS4JInInterceptor(interceptor(keys, actions)));
            endpoint.getOutInterceptors().add(new WSS4JOutInterceptor(interceptor(keys, "Timestamp")));
        }
        endpoint.publish("/" + name + soap);
    }

    private Map<String, Object> properties(Keys keys) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("security.callback-handler", new Accounts());
        properties.put("security.signature.properties", Sts.crypto(keys));
        properties.put("security.signature.username", "sts");
        properties.put("security.encryption.properties", Sts.crypto(keys));
        properties.put("security.encryption.username", "useReqSigCert");
        // By the letter of the policy's algorithm suite it would be RSA-SHA1.
        properties.put("ws-security.asymmetric.signature.algorithm",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
        if (manner == Sts.Manner.LENIENT) {
            properties.put("ws-security.return.security.error", "true");
        }
        return properties;
    }

    private static Map<String, Object> interceptor(Keys keys, String actions) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("action", actions);
        properties.put("passwordCallbackRef", new Accounts());
        properties.put("signatureVerificationPropRefId", "crypto");
        properties.put("crypto", Sts.crypto(keys));
        return properties;
    }
}
