//! A request, read: what the answering half works with. Nothing in here has an opinion; opinions are policy.

use jiff::Timestamp;

use crate::fault::Fault;
use crate::security::{PublicKey, Requestor, Token};

/// The SOAP version of a message, told by the namespace of its envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoapVersion {
    /// SOAP 1.1
    V11,
    /// SOAP 1.2
    V12,
}

impl SoapVersion {
    /// The namespace of the envelope.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The media type that this version travels under.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml",
            Self::V12 => "application/soap+xml",
        }
    }

    /// The version whose envelope has this namespace.
    pub fn of(namespace: &str) -> Option<Self> {
        [Self::V11, Self::V12].into_iter().find(|version| version.namespace() == namespace)
    }
}

/// The WS-Trust version of a request. WS-Trust 1.4 shares the namespace of 1.3 and only adds elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrustVersion {
    /// WS-Trust 1.3 and 1.4
    V13,
    /// WS-Trust of February 2005
    V2005,
}

/// What WS-Trust 1.4 added has a namespace of its own.
pub const TRUST_14: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200802";

impl TrustVersion {
    /// The namespace; also the stem of every action, request type and key type of the version.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V13 => "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
            Self::V2005 => "http://schemas.xmlsoap.org/ws/2005/02/trust",
        }
    }

    /// The version of this namespace.
    pub fn of(namespace: &str) -> Option<Self> {
        [Self::V13, Self::V2005].into_iter().find(|version| version.namespace() == namespace)
    }
}

/// The version of WS-Addressing, told by the namespace of the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressingVersion {
    /// WS-Addressing 1.0
    V200508,
    /// The member submission of August 2004
    V200408,
}

impl AddressingVersion {
    /// The namespace of the headers.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V200508 => "http://www.w3.org/2005/08/addressing",
            Self::V200408 => "http://schemas.xmlsoap.org/ws/2004/08/addressing",
        }
    }

    /// The address that means "back on this connection".
    pub const fn anonymous(self) -> &'static str {
        match self {
            Self::V200508 => "http://www.w3.org/2005/08/addressing/anonymous",
            Self::V200408 => "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
        }
    }

    /// The address that means "nowhere"; August 2004 has none.
    pub const fn none(self) -> Option<&'static str> {
        match self {
            Self::V200508 => Some("http://www.w3.org/2005/08/addressing/none"),
            Self::V200408 => None,
        }
    }

    /// The version of this namespace.
    pub fn of(namespace: &str) -> Option<Self> {
        [Self::V200508, Self::V200408].into_iter().find(|version| version.namespace() == namespace)
    }
}

/// A request that passed every check of the reading half.
#[derive(Clone, Debug)]
pub struct Request {
    /// The envelope's version; the answer has the same.
    pub soap: SoapVersion,
    /// The addressing headers, where the message has any.
    pub addressing: Option<Addressing>,
    /// Who asks, and how that was proved.
    pub requestor: Requestor,
    /// What is asked.
    pub rst: Rst,
}

/// A request that was turned away, with all that was known of it by then, so that the fault fits the request.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The envelope's version, or the best guess where there is no envelope.
    pub soap: SoapVersion,
    /// The addressing headers, as far as they could be read.
    pub addressing: Option<Addressing>,
    /// The version of the first element in Body.
    pub trust: Option<TrustVersion>,
    /// Why.
    pub fault: Fault,
}

/// The addressing headers of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressing {
    /// Which WS-Addressing.
    pub version: AddressingVersion,
    /// `wsa:Action`, trimmed. `None` only in a [`Refusal`] and under a misbehaviour.
    pub action: Option<String>,
    /// `wsa:MessageID`, octet for octet as sent but for surrounding white space.
    pub message_id: Option<String>,
    /// `wsa:To`.
    pub to: Option<String>,
    /// `wsa:From`.
    pub from: Option<Endpoint>,
    /// `wsa:ReplyTo`.
    pub reply_to: Option<Endpoint>,
    /// `wsa:FaultTo`.
    pub fault_to: Option<Endpoint>,
}

impl Addressing {
    /// Whether an answer (or a fault) is to be sent nowhere.
    pub fn answer_is_unwanted(&self, is_fault: bool) -> bool {
        let endpoint =
            if is_fault { self.fault_to.as_ref().or(self.reply_to.as_ref()) } else { self.reply_to.as_ref() };
        endpoint.is_some_and(|endpoint| Some(endpoint.address.as_str()) == self.version.none())
    }

    /// The reference parameters that come back as headers of the answer, each a self-contained element.
    pub fn reference_parameters(&self, is_fault: bool) -> &[String] {
        let endpoint =
            if is_fault { self.fault_to.as_ref().or(self.reply_to.as_ref()) } else { self.reply_to.as_ref() };
        endpoint.map_or(&[], |endpoint| &endpoint.reference_parameters)
    }
}

/// An endpoint reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub address: String,
    /// Its reference parameters (and properties, in August 2004), each as self-contained XML.
    pub reference_parameters: Vec<String>,
}

/// What a request asks for (the kinds of WS-Trust; a binding that is not built yet is refused by policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestType {
    /// A new token.
    Issue,
    /// A token with a later end.
    Renew,
    /// Whether a token is good, or another form of it.
    Validate,
    /// The end of a token.
    Cancel,
    /// A key exchange token.
    KeyExchange,
}

impl RequestType {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Issue, Self::Renew, Self::Validate, Self::Cancel, Self::KeyExchange];

    /// The last step of its URI, also of its action.
    pub const fn step(self) -> &'static str {
        match self {
            Self::Issue => "Issue",
            Self::Renew => "Renew",
            Self::Validate => "Validate",
            Self::Cancel => "Cancel",
            Self::KeyExchange => "KET",
        }
    }
}

/// A RequestSecurityToken. A parameter that stands directly in it hides the same one in `SecondaryParameters`;
/// the fields hold what counts.
#[derive(Clone, Debug)]
pub struct Rst {
    /// The version of its namespace.
    pub trust: TrustVersion,
    /// `@Context`, exactly as sent.
    pub context: Option<String>,
    /// What is asked. `None` only under a misbehaviour that lets a request without it through.
    pub request_type: Option<RequestType>,
    /// The `RequestType` as sent, for the echo.
    pub request_type_uri: Option<String>,
    /// The wanted token type, a URI.
    pub token_type: Option<String>,
    /// The wanted kind of key, a URI.
    pub key_type: Option<String>,
    /// The wanted size of the key in bits.
    pub key_size: Option<u32>,
    /// For whom the token is.
    pub applies_to: Option<AppliesTo>,
    /// The wanted claims.
    pub claims: Option<Claims>,
    /// The requestor's share of the key.
    pub entropy: Option<Entropy>,
    /// The wanted period of validity.
    pub lifetime: Option<Lifetime>,
    /// How a key is to be computed, a URI.
    pub computed_key_algorithm: Option<String>,
    /// The key that the token is to be bound to.
    pub use_key: Option<UseKey>,
    /// The token (or endpoint) of who is represented.
    pub on_behalf_of: Option<Token>,
    /// The token of who is acted for (WS-Trust 1.4).
    pub act_as: Option<Token>,
    /// Whether the token may be delegated, and to whom.
    pub delegate_to: Option<Token>,
    /// Whether the token may be forwarded; `None` where it is not said.
    pub forwardable: Option<bool>,
    /// Whether the token may be delegated; `None` where it is not said.
    pub delegatable: Option<bool>,
    /// Whether the token is wanted renewable.
    pub renewing: Option<Renewing>,
    /// Whether a postdated token is welcome.
    pub allow_postdating: bool,
    /// The wanted kind of authentication, a URI.
    pub authentication_type: Option<String>,
    /// With what the token is to be signed, a URI.
    pub signature_algorithm: Option<String>,
    /// With what the token is to be canonicalised, a URI.
    pub canonicalization_algorithm: Option<String>,
    /// With what the token is to be encrypted, a URI.
    pub encryption_algorithm: Option<String>,
    /// With what the key of an encrypted token is to be wrapped, a URI.
    pub key_wrap_algorithm: Option<String>,
    /// What the requestor will sign with, a URI: never the STS's own choice.
    pub sign_with: Option<String>,
    /// What the requestor will encrypt with, a URI: never the STS's own choice.
    pub encrypt_with: Option<String>,
    /// The token whose key encrypts secrets in the issued token.
    pub encryption: Option<Token>,
    /// The token whose key encrypts the proof token.
    pub proof_encryption: Option<Token>,
    /// The token to renew.
    pub renew_target: Option<Token>,
    /// The token to validate.
    pub validate_target: Option<Token>,
    /// The token to cancel.
    pub cancel_target: Option<Token>,
    /// Children that nobody knows (kept only under a misbehaviour that lets them through) or that this STS knows and
    /// does not act on (Participants, Policy, `PolicyReference`, `BinaryExchange`, …), each as self-contained XML.
    pub others: Vec<Other>,
}

/// A child of the RST that is carried along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its namespace.
    pub namespace: String,
    /// Its local name.
    pub local: String,
    /// The element as self-contained XML.
    pub xml: String,
}

/// An `AppliesTo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliesTo {
    /// The namespace it came in (two versions of WS-Policy are about): the echo has the same.
    pub policy_namespace: String,
    /// The address of the one endpoint reference in it, trimmed; `None` where there is none, or several, or no address.
    pub address: Option<String>,
    /// The element as self-contained XML, for the echo.
    pub xml: String,
}

/// Claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `@Dialect`.
    pub dialect: Option<String>,
    /// The URIs of the claim types asked for, in the dialects that have them (`Uri` attributes).
    pub types: Vec<ClaimType>,
    /// The element as self-contained XML.
    pub xml: String,
}

/// One claim that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimType {
    /// Its URI.
    pub uri: String,
    /// Whether the requestor can do without.
    pub optional: bool,
}

/// The requestor's entropy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entropy {
    /// In clear, or from an `EncryptedKey` that our key opened.
    Octets {
        /// The octets.
        octets: Vec<u8>,
        /// Whether they came encrypted.
        was_encrypted: bool,
    },
    /// Neither of the two forms.
    Other,
}

/// A wanted period of validity; either end may be left to the STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Lifetime {
    /// Its begin.
    pub created: Option<Timestamp>,
    /// Its end.
    pub expires: Option<Timestamp>,
}

/// The key that the token is to be bound to.
#[derive(Clone, Debug)]
pub struct UseKey {
    /// `@Sig`.
    pub signature: Option<String>,
    /// The key, where one could be made out.
    pub key: Option<PublicKey>,
    /// Whether a valid signature of this message was made with that key.
    pub proven: bool,
    /// The content as self-contained XML.
    pub xml: String,
}

/// The wish for a renewable token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewing {
    /// Whether it is to be renewable at all; true when not said.
    pub allow: bool,
    /// Whether it may be renewed after its end; false when not said.
    pub after_end: bool,
}
