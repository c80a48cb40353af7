package stsproof.real.metro;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import stsproof.real.Keys;

/** The ways in, as Metro reads them: one WSDL each, and the list of them all. */
final class Doors {
    /** What is demanded of a requestor. */
    enum Credential {
        /** A password over TLS. */
        UT,
        /** The digest of a password over TLS. */
        UTDIGEST,
        /** A password, and nothing around it. */
        PLAIN
    }

    /** What a version of WS-Trust changes: Metro takes it from the namespace of the policy. */
    enum Trust {
        V13("", "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
            "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702", "/RSTRC/IssueFinal", "sp:Trust13"),
        V2005("-2005", "http://schemas.xmlsoap.org/ws/2005/02/trust",
            "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy", "/RSTR/Issue", "sp:Trust10");

        private final String suffix;
        private final String namespace;
        private final String policy;
        private final String answer;
        private final String assertion;

        Trust(String suffix, String namespace, String policy, String answer, String assertion) {
            this.suffix = suffix;
            this.namespace = namespace;
            this.policy = policy;
            this.answer = answer;
            this.assertion = assertion;
        }
    }

    private static final String NAMESPACE = "urn:stsproof:real:metro";

    private Doors() {
    }

    /** Writes everything below `WEB-INF`. */
    static void write(Path webInf, Keys keys) throws Exception {
        StringBuilder list = new StringBuilder();
        for (Credential credential : Credential.values()) {
            for (Trust trust : Trust.values()) {
                for (String soap : List.of("11", "12")) {
                    String name = credential.name().toLowerCase() + soap + trust.suffix;
                    Files.writeString(webInf.resolve("wsdl/" + name + ".wsdl"), wsdl(name, credential, trust, soap, keys));
                    list.append(entry(name, soap));
                }
            }
        }
        Files.writeString(webInf.resolve("sun-jaxws.xml"),
            "<endpoints xmlns=\"http://java.sun.com/xml/ns/jax-ws/ri/runtime\" version=\"2.0\">" + list + "</endpoints>");
    }

    private static String entry(String name, String soap) {
        String binding = soap.equals("12") ? "http://www.w3.org/2003/05/soap/bindings/HTTP/" : "http://schemas.xmlsoap.org/wsdl/soap/http";
        return """
            <endpoint name="%1$s" implementation="stsproof.real.metro.Sts" wsdl="WEB-INF/wsdl/%1$s.wsdl"
                service="{%2$s}Service-%1$s" port="{%2$s}Port" binding="%3$s" url-pattern="/%1$s"/>
            <endpoint name="%1$s-mex" implementation="com.sun.xml.ws.mex.server.MEXEndpoint"
                binding="http://www.w3.org/2003/05/soap/bindings/HTTP/" url-pattern="/%1$s/mex"/>
            """.formatted(name, NAMESPACE, binding);
    }

    private static String wsdl(String name, Credential credential, Trust trust, String soap, Keys keys) {
        String binding = soap.equals("12") ? "http://schemas.xmlsoap.org/wsdl/soap12/" : "http://schemas.xmlsoap.org/wsdl/soap/";
        String asked = trust.namespace + "/RST/Issue";
        return """
            <wsdl:definitions name="Service-%1$s" targetNamespace="%2$s" xmlns:tns="%2$s" xmlns:soap="%3$s" xmlns:wst="%4$s"
                xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"
                xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl" xmlns:sp="%5$s"
                xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">
              <wsp:Policy wsu:Id="policy"><wsp:ExactlyOne><wsp:All>
                %6$s
                %7$s
                <wsaw:UsingAddressing/>
              </wsp:All></wsp:ExactlyOne></wsp:Policy>
              <wsdl:types>
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="%4$s" elementFormDefault="qualified">
                  <xs:element name="RequestSecurityToken" type="xs:anyType"/>
                  <xs:element name="RequestSecurityTokenResponseCollection" type="xs:anyType"/>
                </xs:schema>
              </wsdl:types>
              <wsdl:message name="RST"><wsdl:part name="body" element="wst:RequestSecurityToken"/></wsdl:message>
              <wsdl:message name="RSTRC"><wsdl:part name="body" element="wst:RequestSecurityTokenResponseCollection"/></wsdl:message>
              <wsdl:portType name="STS">
                <wsdl:operation name="Issue">
                  <wsdl:input wsaw:Action="%8$s" message="tns:RST"/>
                  <wsdl:output wsaw:Action="%9$s" message="tns:RSTRC"/>
                </wsdl:operation>
              </wsdl:portType>
              <wsdl:binding name="Binding" type="tns:STS">
                <wsp:PolicyReference URI="#policy"/>
                <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
                <wsdl:operation name="Issue">
                  <soap:operation soapAction="%8$s" style="document"/>
                  <wsdl:input><soap:body use="literal"/></wsdl:input>
                  <wsdl:output><soap:body use="literal"/></wsdl:output>
                </wsdl:operation>
              </wsdl:binding>
              <wsdl:service name="Service-%1$s">
                <wsdl:port name="Port" binding="tns:Binding"><soap:address location="http://localhost/%1$s"/></wsdl:port>
              </wsdl:service>
            </wsdl:definitions>
            """.formatted(name, NAMESPACE, binding, trust.namespace, trust.policy, demanded(credential, trust),
                configuration(credential, keys), asked, trust.namespace + trust.answer);
    }

    private static String demanded(Credential credential, Trust trust) {
        String token = """
            <sp:%s><wsp:Policy>
              <sp:UsernameToken sp:IncludeToken="%s/IncludeToken/AlwaysToRecipient"><wsp:Policy>%s<sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken>
            </wsp:Policy></sp:%1$s>
            <%4$s><wsp:Policy><sp:MustSupportIssuedTokens/></wsp:Policy></%4$s>
            """.formatted(credential == Credential.PLAIN ? "SupportingTokens" : "SignedSupportingTokens", trust.policy,
                credential == Credential.UTDIGEST ? "<sp:HashPassword/>" : "", trust.assertion);
        if (credential == Credential.PLAIN) {
            return token;
        }
        String https = trust == Trust.V13 ? "<sp:HttpsToken><wsp:Policy/></sp:HttpsToken>"
            : "<sp:HttpsToken RequireClientCertificate=\"false\"/>";
        return """
            <sp:TransportBinding><wsp:Policy>
              <sp:TransportToken><wsp:Policy>%s</wsp:Policy></sp:TransportToken>
              <sp:AlgorithmSuite><wsp:Policy><sp:Basic256/></wsp:Policy></sp:AlgorithmSuite>
              <sp:Layout><wsp:Policy><sp:Lax/></wsp:Policy></sp:Layout>
              <sp:IncludeTimestamp/>
            </wsp:Policy></sp:TransportBinding>
            """.formatted(https) + token;
    }

    private static String configuration(Credential credential, Keys keys) {
        String store = "type=\"PKCS12\" location=\"%s\" storepass=\"%s\"".formatted(keys.store(), Keys.PASSWORD);
        String validator = credential == Credential.UTDIGEST ? "Digest" : "Text";
        StringBuilder parties = new StringBuilder();
        for (String party : List.of("https://rp.example.test/app", "https://rp.example.test/other")) {
            parties.append("<tc:ServiceProvider endPoint=\"").append(party).append("\"><tc:CertAlias>rp</tc:CertAlias></tc:ServiceProvider>");
        }
        // A party named `default` would stand for every one that is not in the list: there is none.
        return """
            <sc:KeyStore xmlns:sc="http://schemas.sun.com/2006/03/wss/server" %1$s alias="sts"/>
            <sc:TrustStore xmlns:sc="http://schemas.sun.com/2006/03/wss/server" %1$s/>
            <sc:ValidatorConfiguration xmlns:sc="http://schemas.sun.com/2006/03/wss/server">
              <sc:Validator name="usernameValidator" classname="stsproof.real.metro.Accounts$%2$s"/>
            </sc:ValidatorConfiguration>
            <tc:STSConfiguration xmlns:tc="http://schemas.sun.com/ws/2006/05/trust/server" encryptIssuedKey="true" encryptIssuedToken="false">
              <tc:LifeTime>3600000</tc:LifeTime>
              <tc:Contract>com.sun.xml.ws.security.trust.impl.WSTrustContractImpl</tc:Contract>
              <tc:Issuer>stsproof-metro</tc:Issuer>
              <tc:ServiceProviders>%3$s</tc:ServiceProviders>
            </tc:STSConfiguration>
            """.formatted(store, validator, parties);
    }
}
