//! The policies of the mock's ports: what a requestor may show, in the words of WS-SecurityPolicy.
//!
//! There is one path for every kind of credential, so that each is an alternative of one policy.

use std::fmt::Write as _;

use crate::request::TrustVersion;

const POLICY_12: &str = "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702";
const POLICY_11: &str = "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy";

/// Both policies, each under the name that the bindings refer to.
pub(super) fn policies(secure: bool) -> String {
    let mut text = String::new();
    for (name, trust) in [("Trust13Policy", TrustVersion::V13), ("Trust2005Policy", TrustVersion::V2005)] {
        let _ = writeln!(text, "  <wsp:Policy wsu:Id=\"{name}\">{}</wsp:Policy>", policy(trust, secure));
    }
    text
}

fn policy(trust: TrustVersion, secure: bool) -> String {
    let speech = Speech { trust, secure };
    let mut credentials = vec![speech.username("")];
    if trust == TrustVersion::V13 {
        // The older version has no word for a digest; it is taken there all the same.
        credentials.push(speech.username("<sp:HashPassword/>"));
    }
    credentials.push(speech.signed_by(&speech.x509("AlwaysToRecipient")));
    credentials.push(speech.shown(&speech.issued("Bearer")));
    credentials.push(speech.signed_by(&speech.issued("PublicKey")));
    let namespace = if trust == TrustVersion::V13 { POLICY_12 } else { POLICY_11 };
    let mut text = format!("<wsp:ExactlyOne xmlns:sp=\"{namespace}\">");
    for credential in credentials {
        let _ = write!(text, "<wsp:All>{ADDRESSING}{credential}</wsp:All>");
    }
    text.push_str("</wsp:ExactlyOne>");
    text
}

const ADDRESSING: &str = "<wsam:Addressing wsp:Optional=\"true\"><wsp:Policy/></wsam:Addressing>";
const SUITE: &str = "<sp:AlgorithmSuite><wsp:Policy><sp:Basic256Sha256/></wsp:Policy></sp:AlgorithmSuite>";
const LAYOUT: &str = "<sp:Layout><wsp:Policy><sp:Lax/></wsp:Policy></sp:Layout>";

/// How a policy says things over one port.
struct Speech {
    trust: TrustVersion,
    secure: bool,
}

impl Speech {
    fn namespace(&self) -> &'static str {
        if self.trust == TrustVersion::V13 { POLICY_12 } else { POLICY_11 }
    }

    fn username(&self, password: &str) -> String {
        self.shown(&format!(
            "<sp:UsernameToken sp:IncludeToken=\"{}/IncludeToken/AlwaysToRecipient\"><wsp:Policy>{password}\
             <sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken>",
            self.namespace()
        ))
    }

    fn x509(&self, include: &str) -> String {
        format!(
            "<sp:X509Token sp:IncludeToken=\"{}/IncludeToken/{include}\"><wsp:Policy><sp:WssX509V3Token10/>\
             </wsp:Policy></sp:X509Token>",
            self.namespace()
        )
    }

    /// A token that was issued here before.
    fn issued(&self, key_type: &str) -> String {
        let key_type = match (self.trust, key_type) {
            (TrustVersion::V2005, "Bearer") => "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey".to_owned(),
            (trust, key_type) => format!("{}/{key_type}", trust.namespace()),
        };
        format!(
            "<sp:IssuedToken sp:IncludeToken=\"{}/IncludeToken/AlwaysToRecipient\"><sp:RequestSecurityTokenTemplate>\
             <wst:KeyType xmlns:wst=\"{}\">{key_type}</wst:KeyType></sp:RequestSecurityTokenTemplate><wsp:Policy/>\
             </sp:IssuedToken>",
            self.namespace(),
            self.trust.namespace()
        )
    }

    /// The requestor shows a token and signs nothing: over TLS the channel protects it, without TLS nothing does.
    fn shown(&self, token: &str) -> String {
        if self.secure {
            format!(
                "{}<sp:SignedSupportingTokens><wsp:Policy>{token}</wsp:Policy></sp:SignedSupportingTokens>",
                self.channel()
            )
        } else {
            format!("<sp:SupportingTokens><wsp:Policy>{token}</wsp:Policy></sp:SupportingTokens>")
        }
    }

    /// The requestor signs with the key of a token: over TLS its Timestamp, without TLS the message.
    fn signed_by(&self, token: &str) -> String {
        if self.secure {
            return format!(
                "{}<sp:EndorsingSupportingTokens><wsp:Policy>{token}</wsp:Policy></sp:EndorsingSupportingTokens>",
                self.channel()
            );
        }
        let service = self.x509("Never");
        format!(
            "<sp:AsymmetricBinding><wsp:Policy>\
             <sp:InitiatorToken><wsp:Policy>{token}</wsp:Policy></sp:InitiatorToken>\
             <sp:RecipientToken><wsp:Policy>{service}</wsp:Policy></sp:RecipientToken>\
             {SUITE}{LAYOUT}<sp:IncludeTimestamp/><sp:OnlySignEntireHeadersAndBody/>\
             </wsp:Policy></sp:AsymmetricBinding><sp:SignedParts><sp:Body/></sp:SignedParts>"
        )
    }

    fn channel(&self) -> String {
        // The older version asks for the attribute, the newer one for a policy.
        let token = if self.trust == TrustVersion::V13 {
            "<sp:HttpsToken><wsp:Policy/></sp:HttpsToken>"
        } else {
            "<sp:HttpsToken RequireClientCertificate=\"false\"/>"
        };
        format!(
            "<sp:TransportBinding><wsp:Policy><sp:TransportToken><wsp:Policy>{token}</wsp:Policy></sp:TransportToken>\
             {SUITE}{LAYOUT}<sp:IncludeTimestamp/></wsp:Policy></sp:TransportBinding>"
        )
    }
}
