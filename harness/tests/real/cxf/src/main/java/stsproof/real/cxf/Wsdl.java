package stsproof.real.cxf;

/** The contract of one door, written out: CXF reads its policy from there, and so does whoever asks for metadata. */
final class Wsdl {
    static final String NAMESPACE = "urn:stsproof:real:cxf";

    private static final String TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
    private static final String NEVER =
        "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/Never";
    private static final String ALWAYS =
        "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/AlwaysToRecipient";

    /** What is demanded of a requestor, in the words of WS-SecurityPolicy. */
    enum Policy {
        NONE(""),
        USERNAME(transport("")),
        USERNAME_DIGEST(transport("<sp:HashPassword/>")),
        X509("""
            <sp:AsymmetricBinding><wsp:Policy>
              <sp:InitiatorToken><wsp:Policy>%s</wsp:Policy></sp:InitiatorToken>
              <sp:RecipientToken><wsp:Policy>%s</wsp:Policy></sp:RecipientToken>
              <sp:AlgorithmSuite><wsp:Policy><sp:Basic256Sha256/></wsp:Policy></sp:AlgorithmSuite>
              <sp:Layout><wsp:Policy><sp:Lax/></wsp:Policy></sp:Layout>
              <sp:IncludeTimestamp/>
              <sp:OnlySignEntireHeadersAndBody/>
            </wsp:Policy></sp:AsymmetricBinding>
            <sp:SignedParts><sp:Body/></sp:SignedParts>
            <sp:Wss10><wsp:Policy><sp:MustSupportRefIssuerSerial/></wsp:Policy></sp:Wss10>
            """.formatted(certificate(ALWAYS), certificate(NEVER)));

        private final String assertions;

        Policy(String assertions) {
            this.assertions = assertions;
        }

        private static String transport(String password) {
            return """
                <sp:TransportBinding><wsp:Policy>
                  <sp:TransportToken><wsp:Policy><sp:HttpsToken><wsp:Policy/></sp:HttpsToken></wsp:Policy></sp:TransportToken>
                  <sp:AlgorithmSuite><wsp:Policy><sp:Basic256Sha256/></wsp:Policy></sp:AlgorithmSuite>
                  <sp:Layout><wsp:Policy><sp:Lax/></wsp:Policy></sp:Layout>
                  <sp:IncludeTimestamp/>
                </wsp:Policy></sp:TransportBinding>
                <sp:SupportingTokens><wsp:Policy>
                  <sp:UsernameToken sp:IncludeToken="%s"><wsp:Policy>%s</wsp:Policy></sp:UsernameToken>
                </wsp:Policy></sp:SupportingTokens>
                """.formatted(ALWAYS, password);
        }

        private static String certificate(String included) {
            return "<sp:X509Token sp:IncludeToken=\"" + included + "\"><wsp:Policy><sp:WssX509V3Token10/></wsp:Policy></sp:X509Token>";
        }
    }

    private Wsdl() {
    }

    static String service(String door) {
        return "SecurityTokenService-" + door;
    }

    static String of(String door, Policy policy, String soap) {
        String binding = soap.equals("12") ? "http://schemas.xmlsoap.org/wsdl/soap12/" : "http://schemas.xmlsoap.org/wsdl/soap/";
        String demanded = policy.assertions.isEmpty() ? "" : "<wsp:PolicyReference URI=\"#policy\"/>";
        String declared = policy.assertions.isEmpty() ? "" : """
            <wsp:Policy wsu:Id="policy"><wsp:ExactlyOne><wsp:All>
            %s
            </wsp:All></wsp:ExactlyOne></wsp:Policy>""".formatted(policy.assertions);
        StringBuilder asked = new StringBuilder();
        StringBuilder bound = new StringBuilder();
        add(asked, bound, "Issue", "RST", "/RST/Issue", "RSTRC", "/RSTRC/IssueFinal");
        for (String operation : new String[] {"Validate", "Renew", "Cancel"}) {
            add(asked, bound, operation, "RST", "/RST/" + operation, "RSTR", "/RSTR/" + operation + "Final");
        }
        add(asked, bound, "BatchIssue", "RSTC", "/BatchIssue", "RSTRC", "/RSTRC/IssueFinal");
        return """
            <wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="%s" xmlns:tns="%s" xmlns:wst="%s"
                xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata" xmlns:wsp="http://www.w3.org/ns/ws-policy"
                xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"
                xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
                targetNamespace="%s">
              %s
              <wsdl:types>
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="%s" elementFormDefault="qualified">
                  <xs:element name="RequestSecurityToken" type="xs:anyType"/>
                  <xs:element name="RequestSecurityTokenCollection" type="xs:anyType"/>
                  <xs:element name="RequestSecurityTokenResponse" type="xs:anyType"/>
                  <xs:element name="RequestSecurityTokenResponseCollection" type="xs:anyType"/>
                </xs:schema>
              </wsdl:types>
              <wsdl:message name="RST"><wsdl:part name="body" element="wst:RequestSecurityToken"/></wsdl:message>
              <wsdl:message name="RSTC"><wsdl:part name="body" element="wst:RequestSecurityTokenCollection"/></wsdl:message>
              <wsdl:message name="RSTR"><wsdl:part name="body" element="wst:RequestSecurityTokenResponse"/></wsdl:message>
              <wsdl:message name="RSTRC"><wsdl:part name="body" element="wst:RequestSecurityTokenResponseCollection"/></wsdl:message>
              <wsdl:portType name="STS">%s</wsdl:portType>
              <wsdl:binding name="Binding" type="tns:STS">
                %s
                <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>%s
              </wsdl:binding>
              <wsdl:service name="%s">
                <wsdl:port name="Port" binding="tns:Binding"><soap:address location="http://localhost/%s"/></wsdl:port>
              </wsdl:service>
            </wsdl:definitions>
            """.formatted(binding, NAMESPACE, TRUST, NAMESPACE, declared, TRUST, asked, demanded, bound, service(door),
                door + soap);
    }

    /** An operation with the Actions that WS-Trust gives its messages. */
    private static void add(StringBuilder asked, StringBuilder bound, String name, String in, String inAction,
            String out, String outAction) {
        asked.append("""

            <wsdl:operation name="%s">
              <wsdl:input wsam:Action="%s" message="tns:%s"/>
              <wsdl:output wsam:Action="%s" message="tns:%s"/>
            </wsdl:operation>""".formatted(name, TRUST + inAction, in, TRUST + outAction, out));
        bound.append("""

            <wsdl:operation name="%s">
              <soap:operation soapAction="%s"/>
              <wsdl:input><soap:body use="literal"/></wsdl:input>
              <wsdl:output><soap:body use="literal"/></wsdl:output>
            </wsdl:operation>""".formatted(name, TRUST + inAction));
    }
}
