//! Requests whose answers are all different, signed where a signed answer is wanted.
//!
//! What is signed here is written in exclusive canonical form, so that no canonicalisation is needed to sign it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mock_sts::keys::{self, KeyPair};

/// The moment at which all is asked.
pub(crate) const NOW: &str = "2026-03-01T10:00:00Z";

const SOAP: [(&str, &str); 2] = [
    ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml"),
    ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml"),
];
const TRUST: [&str; 2] =
    ["http://docs.oasis-open.org/ws-sx/ws-trust/200512", "http://schemas.xmlsoap.org/ws/2005/02/trust"];
const TOKENS: [&str; 2] = ["urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:1.0:assertion"];
const WSA: &str = "http://www.w3.org/2005/08/addressing";
const WSS: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// What others may bring along and an answer repeats, in forms that canonicalisations disagree about.
const ECHOES: [&str; 5] = [
    "plain",
    "Größe: 1 &lt; 2 &amp; 3 &gt; 2, \"quoted\" &#xD;\n\tend",
    "<x:a xmlns:x=\"urn:x\" b=\"1\" x:b=\"2\"><x:c></x:c></x:a>",
    "<x:a xmlns:x=\"urn:one\"><x:a xmlns:x=\"urn:two\" a=\"&quot;&#x9;&#xA;&lt;&amp;>\"></x:a><x:b></x:b></x:a>",
    "<d xmlns=\"urn:d\" xml:lang=\"sv\"><e xmlns=\"\"><f></f></e></d>",
];

/// The algorithms that the mock signs tokens with, and the names of the keys that verify them.
pub(crate) const ALGORITHMS: [(&str, &str); 6] = [
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "rsa"),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "rsa"),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "p256"),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", "rsa"),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "p384"),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "rsa"),
];

/// The request with a number: every number picks another mixture of versions, tokens, keys and text.
pub(crate) struct Ask {
    soap: (&'static str, &'static str),
    trust: &'static str,
    token: &'static str,
    key_type: &'static str,
    pub(crate) algorithm: (&'static str, &'static str),
    echo: &'static str,
    number: usize,
}

impl Ask {
    /// The request of this number.
    pub(crate) fn number(number: usize) -> Self {
        let pick = |count: usize, stride: usize| number / stride % count;
        Self {
            algorithm: ALGORITHMS[pick(6, 1)],
            token: TOKENS[pick(2, 6)],
            soap: SOAP[pick(2, 12)],
            trust: TRUST[pick(2, 24)],
            key_type: ["Bearer", "SymmetricKey", "PublicKey"][pick(3, 48)],
            echo: ECHOES[number % ECHOES.len()],
            number,
        }
    }

    /// The media type that it goes with.
    pub(crate) fn media_type(&self) -> &'static str {
        self.soap.1
    }

    /// By user name and password; the answer is not signed.
    pub(crate) fn with_password(&self) -> String {
        let token = format!(
            "<o:UsernameToken><o:Username>alice</o:Username><o:Password Type=\"{WSS}-username-token-profile-1.0#PasswordText\">\
             wonderland</o:Password></o:UsernameToken>"
        );
        self.envelope(&token, "")
    }

    /// By the client's certificate and a signature; the answer is signed, too.
    pub(crate) fn with_signature(&self) -> String {
        let certificate = format!(
            "<o:BinarySecurityToken u:Id=\"certificate\" EncodingType=\"{WSS}-soap-message-security-1.0#Base64Binary\" \
             ValueType=\"{WSS}-x509-token-profile-1.0#X509v3\">{}</o:BinarySecurityToken>",
            BASE64.encode(keys::client().certificate())
        );
        let parts =
            [("action", self.action()), ("reply-to", self.reply_to()), ("stamp", stamp()), ("body", self.body())];
        let references: String = parts.iter().map(|(id, text)| reference(id, text)).collect();
        let info = format!(
            "<d:SignedInfo xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\">\
             <d:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></d:CanonicalizationMethod>\
             <d:SignatureMethod Algorithm=\"{}\"></d:SignatureMethod>{references}</d:SignedInfo>",
            ALGORITHMS[0].0
        );
        let signature = format!(
            "<d:Signature xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\">{info}<d:SignatureValue>{}</d:SignatureValue>\
             <d:KeyInfo><o:SecurityTokenReference><o:Reference URI=\"#certificate\" \
             ValueType=\"{WSS}-x509-token-profile-1.0#X509v3\"/></o:SecurityTokenReference></d:KeyInfo></d:Signature>",
            BASE64.encode(sign(info.as_bytes()))
        );
        self.envelope(&certificate, &signature)
    }

    fn envelope(&self, token: &str, signature: &str) -> String {
        let (action, reply_to, stamp, body) = (self.action(), self.reply_to(), stamp(), self.body());
        format!(
            "<s:Envelope xmlns:s=\"{}\" xmlns:a=\"{WSA}\" xmlns:u=\"{WSU}\"><s:Header>{action}\
             <a:MessageID>urn:uuid:00000000-0000-4000-8000-{:012x}</a:MessageID>{reply_to}\
             <o:Security xmlns:o=\"{WSS}-wssecurity-secext-1.0.xsd\" s:mustUnderstand=\"1\">{stamp}{token}{signature}\
             </o:Security></s:Header>{body}</s:Envelope>",
            self.soap.0, self.number
        )
    }

    fn action(&self) -> String {
        format!("<a:Action xmlns:a=\"{WSA}\" xmlns:u=\"{WSU}\" u:Id=\"action\">{}/RST/Issue</a:Action>", self.trust)
    }

    fn reply_to(&self) -> String {
        let ticket = format!("<y:Ticket xmlns:y=\"urn:y\" n=\"{}\">{}</y:Ticket>", self.number, self.echo);
        format!(
            "<a:ReplyTo xmlns:a=\"{WSA}\" xmlns:u=\"{WSU}\" u:Id=\"reply-to\"><a:Address>{WSA}/anonymous</a:Address>\
             <a:ReferenceParameters>{ticket}</a:ReferenceParameters></a:ReplyTo>"
        )
    }

    fn body(&self) -> String {
        let Self { trust, token, echo, number, .. } = self;
        let key_type = match (self.key_type, self.trust == TRUST[1]) {
            ("Bearer", true) => "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey".to_owned(),
            (kind, _) => format!("{trust}/{kind}"),
        };
        format!(
            "<s:Body xmlns:s=\"{}\" xmlns:u=\"{WSU}\" u:Id=\"body\">\
             <t:RequestSecurityToken xmlns:t=\"{trust}\" Context=\"urn:context:{number}?a=1&amp;b=&quot;2&quot;\">\
             <t:TokenType>{token}</t:TokenType><t:RequestType>{trust}/Issue</t:RequestType>\
             <p:AppliesTo xmlns:p=\"http://schemas.xmlsoap.org/ws/2004/09/policy\">\
             <a:EndpointReference xmlns:a=\"{WSA}\"><a:Address>https://rp.example.test/{number}?a=1&amp;b=2</a:Address>\
             <a:ReferenceParameters><y:Ticket xmlns:y=\"urn:y\">{echo}</y:Ticket></a:ReferenceParameters>\
             </a:EndpointReference></p:AppliesTo><t:KeyType>{key_type}</t:KeyType>\
             <t:SignatureAlgorithm>{}</t:SignatureAlgorithm></t:RequestSecurityToken></s:Body>",
            self.soap.0, self.algorithm.0
        )
    }

    /// Whether somebody who shows no key can ask for this.
    pub(crate) fn needs_signature(&self) -> bool {
        self.key_type == "PublicKey"
    }
}

fn stamp() -> String {
    format!(
        "<u:Timestamp xmlns:u=\"{WSU}\" u:Id=\"stamp\"><u:Created>{NOW}</u:Created>\
         <u:Expires>2026-03-01T10:05:00Z</u:Expires></u:Timestamp>"
    )
}

fn reference(id: &str, canonical: &str) -> String {
    format!(
        "<d:Reference URI=\"#{id}\"><d:Transforms><d:Transform Algorithm=\"{EXCLUSIVE}\"></d:Transform></d:Transforms>\
         <d:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></d:DigestMethod>\
         <d:DigestValue>{}</d:DigestValue></d:Reference>",
        BASE64.encode(digest(&SHA256, canonical.as_bytes()))
    )
}

fn sign(octets: &[u8]) -> Vec<u8> {
    let KeyPair::Rsa(key) = keys::client().key() else { panic!("the client's key is RSA") };
    let mut value = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut value).expect("a signature");
    value
}
