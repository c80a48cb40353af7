//! Requests as clients write them.

use crate::http::Head;
use crate::request::{SoapVersion, TrustVersion};
use crate::sts::{Message, Sts};
use crate::{Random, Wrongs};

pub(super) const NOW: &str = "2026-03-01T10:00:00Z";
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(super) const SAML_11: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
pub(super) const SAML_20: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// An Issue request of alice's; the parts that matter can be changed.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) soap: SoapVersion,
    pub(super) trust: TrustVersion,
    pub(super) password: &'static str,
    pub(super) reply_to: &'static str,
    pub(super) more_headers: &'static str,
    pub(super) scope: &'static str,
    pub(super) key: &'static str,
    /// Further children of the RST; `{trust}` stands for the namespace.
    pub(super) more: String,
}

impl Ask {
    pub(super) fn bearer() -> Self {
        Self {
            soap: SoapVersion::V12,
            trust: TrustVersion::V13,
            password: "wonderland",
            reply_to: "",
            more_headers: "",
            scope: "https://rp.example.test/service",
            key: "{trust}/Bearer",
            more: String::new(),
        }
    }

    pub(super) fn symmetric() -> Self {
        Self { key: "{trust}/SymmetricKey", ..Self::bearer() }
    }

    pub(super) fn of(mut self, trust: TrustVersion, soap: SoapVersion) -> Self {
        if trust == TrustVersion::V2005 && self.key.ends_with("/Bearer") {
            self.key = "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey";
        }
        Self { soap, trust, ..self }
    }

    pub(super) fn with(mut self, more: &str) -> Self {
        self.more.push_str(more);
        self
    }

    pub(super) fn token(self, uri: &str) -> Self {
        self.with(&format!("<t:TokenType>{uri}</t:TokenType>"))
    }

    pub(super) fn entropy(self) -> Self {
        self.with(
            "<t:Entropy><t:BinarySecret>BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=</t:BinarySecret></t:Entropy>",
        )
    }

    pub(super) fn scope(self, scope: &'static str) -> Self {
        Self { scope, ..self }
    }

    pub(super) fn xml(&self) -> String {
        let (s, t) = (self.soap.namespace(), self.trust.namespace());
        let Self { password, reply_to, more_headers, scope, key, more, .. } = self;
        format!(
            "<s:Envelope xmlns:s=\"{s}\" xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header>\
             <a:Action>{t}/RST/Issue</a:Action><a:MessageID>urn:uuid:11111111-2222-4333-8444-555555555555</a:MessageID>\
             {reply_to}{more_headers}<o:Security xmlns:o=\"{WSSE}\" s:mustUnderstand=\"1\"><u:Timestamp xmlns:u=\"{WSU}\">\
             <u:Created>2026-03-01T10:00:00Z</u:Created><u:Expires>2026-03-01T10:05:00Z</u:Expires></u:Timestamp>\
             <o:UsernameToken><o:Username>alice</o:Username><o:Password>{password}</o:Password></o:UsernameToken>\
             </o:Security></s:Header><s:Body><t:RequestSecurityToken xmlns:t=\"{t}\" Context=\"urn:context:1\">\
             <t:RequestType>{t}/Issue</t:RequestType><p:AppliesTo xmlns:p=\"http://schemas.xmlsoap.org/ws/2004/09/policy\">\
             <a:EndpointReference><a:Address>{scope}</a:Address></a:EndpointReference></p:AppliesTo>\
             <t:KeyType>{key}</t:KeyType>{more}</t:RequestSecurityToken></s:Body></s:Envelope>"
        )
        .replace("{trust}", t)
    }
}

/// An answer, taken apart.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn to(ask: &Ask) -> Self {
        Self::wrong(ask, Wrongs::RIGHT)
    }

    pub(super) fn wrong(ask: &Ask, wrongs: Wrongs) -> Self {
        Self::of(&Sts::new(Random::seeded(1)), ask.soap, &ask.xml(), wrongs)
    }

    pub(super) fn of(sts: &Sts, soap: SoapVersion, xml: &str, wrongs: Wrongs) -> Self {
        let head = Head { method: "POST", content_type: Some(soap.media_type()), ..Head::default() };
        let message = Message { head, path: "/sts", body: xml.as_bytes() };
        let reply = sts.answer(&message, NOW.parse().unwrap(), wrongs);
        Self { status: reply.status, text: String::from_utf8(reply.body).unwrap() }
    }

    #[track_caller]
    pub(super) fn has(&self, piece: &str) -> &Self {
        assert!(self.text.contains(piece), "{piece} is not in {}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn lacks(&self, piece: &str) -> &Self {
        assert!(!self.text.contains(piece), "{piece} is in {}", self.text);
        self
    }

    /// The text of the first element of this name, with its prefix.
    #[track_caller]
    pub(super) fn value(&self, name: &str) -> &str {
        let (_, rest) =
            self.text.split_once(&format!("<{name}")).unwrap_or_else(|| panic!("no {name} in {}", self.text));
        rest.split_once('>').unwrap().1.split_once('<').unwrap().0
    }
}

/// Requests of every kind that is answered with a token.
pub(super) fn issued() -> Vec<Ask> {
    let mut all = Vec::new();
    for trust in [TrustVersion::V13, TrustVersion::V2005] {
        for soap in [SoapVersion::V11, SoapVersion::V12] {
            for token in [SAML_11, SAML_20] {
                for ask in [Ask::bearer(), Ask::symmetric(), Ask::symmetric().entropy()] {
                    let ask = ask.of(trust, soap).token(token);
                    all.push(ask.clone().scope("https://encrypted.example.test/"));
                    all.push(ask);
                }
            }
        }
    }
    all
}
