//! What can be wrong with a request, in the vocabulary of the specifications. How a fault is written for a SOAP
//! version is the business of the writing half.

use crate::request::AddressingVersion;

/// A fault, before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code.
    pub code: Code,
    /// The text for people. Never anything that tells a stranger which users exist.
    pub reason: String,
    /// The content of Detail, as self-contained XML.
    pub detail: Option<String>,
}

impl Fault {
    /// A fault with the recommended text of its code.
    pub fn of(code: impl Into<Code>) -> Self {
        let code = code.into();
        Self { reason: code.text().to_owned(), code, detail: None }
    }

    /// A fault with a text of its own.
    pub fn because(code: impl Into<Code>, reason: impl Into<String>) -> Self {
        Self { code: code.into(), reason: reason.into(), detail: None }
    }

    /// The same with a Detail.
    #[must_use]
    pub fn with_detail(mut self, xml: impl Into<String>) -> Self {
        self.detail = Some(xml.into());
        self
    }
}

/// The code of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The envelope is of no version that we speak; `Upgrade` lists ours.
    VersionMismatch,
    /// Mandatory headers that nobody here understands. SOAP 1.2 lists them in `NotUnderstood`.
    MustUnderstand(Vec<QName>),
    /// The message is at fault (`Client` in SOAP 1.1).
    Sender,
    /// We are (`Server` in SOAP 1.1).
    Receiver,
    /// The one code of WS-Federation that Issue calls for: claims in a dialect that nobody here reads.
    UnsupportedClaimsDialect,
    /// A code of WS-Trust.
    Trust(TrustCode),
    /// A code of WS-Security.
    Security(SecurityCode),
    /// A code of WS-Addressing.
    Addressing(AddressingCode, Option<Problem>),
}

impl Code {
    /// The recommended fault string.
    pub fn text(&self) -> &'static str {
        match self {
            Self::VersionMismatch => "The envelope has a version that this service does not speak",
            Self::MustUnderstand(_) => "A mandatory header was not understood",
            Self::Sender => "The message is malformed",
            Self::Receiver => "The message could not be processed for reasons on this side",
            Self::UnsupportedClaimsDialect => "The dialect of the claims is not supported",
            Self::Trust(code) => code.text(),
            Self::Security(code) => code.text(),
            Self::Addressing(code, _) => code.text(),
        }
    }
}

/// A qualified name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QName {
    /// Its namespace; empty when there is none.
    pub namespace: String,
    /// Its local part.
    pub local: String,
}

/// The eleven codes of WS-Trust, in the trust namespace of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the specification and `text` says what each means")]
pub enum TrustCode {
    InvalidRequest,
    FailedAuthentication,
    RequestFailed,
    InvalidSecurityToken,
    AuthenticationBadElements,
    BadRequest,
    ExpiredData,
    InvalidTimeRange,
    InvalidScope,
    RenewNeeded,
    UnableToRenew,
}

impl TrustCode {
    /// The local name of the code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "InvalidRequest",
            Self::FailedAuthentication => "FailedAuthentication",
            Self::RequestFailed => "RequestFailed",
            Self::InvalidSecurityToken => "InvalidSecurityToken",
            Self::AuthenticationBadElements => "AuthenticationBadElements",
            Self::BadRequest => "BadRequest",
            Self::ExpiredData => "ExpiredData",
            Self::InvalidTimeRange => "InvalidTimeRange",
            Self::InvalidScope => "InvalidScope",
            Self::RenewNeeded => "RenewNeeded",
            Self::UnableToRenew => "UnableToRenew",
        }
    }

    /// The recommended fault string.
    pub const fn text(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request was invalid or malformed",
            Self::FailedAuthentication => "Authentication failed",
            Self::RequestFailed => "The specified request failed",
            Self::InvalidSecurityToken => "Security token has been revoked",
            Self::AuthenticationBadElements => "Insufficient Digest Elements",
            Self::BadRequest => "The specified RequestSecurityToken is not understood.",
            Self::ExpiredData => "The request data is out-of-date",
            Self::InvalidTimeRange => "The requested time range is invalid or unsupported",
            Self::InvalidScope => "The request scope is invalid or unsupported",
            Self::RenewNeeded => "A renewable security token has expired",
            Self::UnableToRenew => "The requested renewal failed",
        }
    }
}

impl From<TrustCode> for Code {
    fn from(code: TrustCode) -> Self {
        Self::Trust(code)
    }
}

/// The codes of WS-Security, in the `wsse` namespace (`MessageExpired` in `wsu`, see there).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the specification and `text` says what each means")]
pub enum SecurityCode {
    UnsupportedSecurityToken,
    UnsupportedAlgorithm,
    InvalidSecurity,
    InvalidSecurityToken,
    FailedAuthentication,
    FailedCheck,
    SecurityTokenUnavailable,
    /// The prose writes it in the `wsu` namespace, the table of clause 12 in `wsse`: we follow the table.
    MessageExpired,
}

impl SecurityCode {
    /// The local name of the code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnsupportedSecurityToken => "UnsupportedSecurityToken",
            Self::UnsupportedAlgorithm => "UnsupportedAlgorithm",
            Self::InvalidSecurity => "InvalidSecurity",
            Self::InvalidSecurityToken => "InvalidSecurityToken",
            Self::FailedAuthentication => "FailedAuthentication",
            Self::FailedCheck => "FailedCheck",
            Self::SecurityTokenUnavailable => "SecurityTokenUnavailable",
            Self::MessageExpired => "MessageExpired",
        }
    }

    /// The recommended fault string.
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnsupportedSecurityToken => "An unsupported token was provided",
            Self::UnsupportedAlgorithm => "An unsupported signature or encryption algorithm was used",
            Self::InvalidSecurity => "An error was discovered processing the <wsse:Security> header",
            Self::InvalidSecurityToken => "An invalid security token was provided",
            Self::FailedAuthentication => "The security token could not be authenticated or authorized",
            Self::FailedCheck => "The signature or decryption was invalid",
            Self::SecurityTokenUnavailable => "Referenced security token could not be retrieved",
            Self::MessageExpired => "The message has expired",
        }
    }
}

impl From<SecurityCode> for Code {
    fn from(code: SecurityCode) -> Self {
        Self::Security(code)
    }
}

/// The codes of WS-Addressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressingCode {
    /// A header is wrong, with what exactly (only WS-Addressing 1.0 has these finer codes).
    InvalidHeader(Option<HeaderTrouble>),
    /// A header is missing.
    HeaderRequired,
    /// `To` is not us.
    DestinationUnreachable,
    /// `Action` is nothing that we do.
    ActionNotSupported,
    /// We are not available; the only one that is the receiver's fault.
    EndpointUnavailable,
}

impl AddressingCode {
    /// The local name of the code in a version's namespace.
    pub const fn name(self, version: AddressingVersion) -> &'static str {
        match (self, version) {
            (Self::InvalidHeader(_), AddressingVersion::V200508) => "InvalidAddressingHeader",
            (Self::InvalidHeader(_), AddressingVersion::V200408) => "InvalidMessageInformationHeader",
            (Self::HeaderRequired, AddressingVersion::V200508) => "MessageAddressingHeaderRequired",
            (Self::HeaderRequired, AddressingVersion::V200408) => "MessageInformationHeaderRequired",
            (Self::DestinationUnreachable, _) => "DestinationUnreachable",
            (Self::ActionNotSupported, _) => "ActionNotSupported",
            (Self::EndpointUnavailable, _) => "EndpointUnavailable",
        }
    }

    /// The recommended fault string.
    pub const fn text(self) -> &'static str {
        match self {
            Self::InvalidHeader(_) => {
                "A header representing a Message Addressing Property is not valid and the message cannot be processed"
            }
            Self::HeaderRequired => "A required header representing a Message Addressing Property is not present",
            Self::DestinationUnreachable => "No route can be determined to reach [destination]",
            Self::ActionNotSupported => "The [action] cannot be processed at the receiver",
            Self::EndpointUnavailable => "The endpoint is unable to process the message at this time",
        }
    }
}

/// What is wrong with an addressing header: the sub-subcodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum HeaderTrouble {
    InvalidAddress,
    InvalidEpr,
    InvalidCardinality,
    MissingAddressInEpr,
    DuplicateMessageId,
    ActionMismatch,
    OnlyAnonymousAddressSupported,
    OnlyNonAnonymousAddressSupported,
}

impl HeaderTrouble {
    /// The local name of the sub-subcode.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidAddress => "InvalidAddress",
            Self::InvalidEpr => "InvalidEPR",
            Self::InvalidCardinality => "InvalidCardinality",
            Self::MissingAddressInEpr => "MissingAddressInEPR",
            Self::DuplicateMessageId => "DuplicateMessageID",
            Self::ActionMismatch => "ActionMismatch",
            Self::OnlyAnonymousAddressSupported => "OnlyAnonymousAddressSupported",
            Self::OnlyNonAnonymousAddressSupported => "OnlyNonAnonymousAddressSupported",
        }
    }
}

/// What a WS-Addressing fault is about: its detail (SOAP 1.2), or its `FaultDetail` header (SOAP 1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The name of a header: `wsa:ProblemHeaderQName`.
    HeaderName(QName),
    /// An address: `wsa:ProblemIRI`.
    Iri(String),
    /// An action: `wsa:ProblemAction`, with the `SOAPAction` where that was the trouble.
    Action {
        /// `wsa:Action`
        action: String,
        /// `wsa:SoapAction`
        soap_action: Option<String>,
    },
}
