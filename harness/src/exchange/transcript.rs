//! What went over the wire, as values that can be written down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stsproof_judge::check::Holding;

use crate::case::model::{CaseId, Variant};

/// All exchanges of one planned case, in order. Fewer than the case has steps when one of them broke.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Which case.
    pub case: CaseId,
    /// In which variant.
    pub variant: Variant,
    /// What had to be asked first: the tokens that its credentials show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Exchange>,
    /// One for each step that was sent.
    pub exchanges: Vec<Exchange>,
    /// Why not every step was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
    /// Who came to an address of ours that only the request had given out: the first line of each caller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<String>,
    /// The plainest request, sent behind a hostile one on the same connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Box<Exchange>>,
    /// Whether secrets have been replaced by pseudonyms.
    #[serde(default)]
    pub redacted: bool,
}

/// Why the steps of a case were not all sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Who has to do something about it.
    pub reason: StopReason,
    /// In words: place, cause.
    pub because: String,
}

/// The kinds of reasons for which a case stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// A token that the credential shows could not be had.
    Prerequisite,
    /// An answer, or something in it, that a later step needs did not come.
    EarlierStep,
    /// The request cannot be made: a mistake of the case.
    Case,
    /// The request cannot be made: something is missing in the profile.
    Profile,
    /// The run has sent as many requests as it may.
    Budget,
    /// The target went away while it was asked.
    Gone,
}

impl Transcript {
    /// A transcript of nothing yet.
    pub fn empty(case: CaseId, variant: Variant) -> Self {
        Self {
            case,
            variant,
            prerequisites: Vec::new(),
            exchanges: Vec::new(),
            stopped: None,
            callbacks: Vec::new(),
            canary: None,
            redacted: false,
        }
    }
}

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The step of the case.
    pub step: String,
    /// What was sent.
    pub request: HttpRequest,
    /// What came back.
    pub outcome: Outcome,
    /// The values that filled the placeholders, for the checks to compare with; secrets as pseudonyms.
    pub values: BTreeMap<String, String>,
    /// When it was sent, as xs:dateTime in UTC.
    pub sent: String,
    /// How long the answer took.
    pub millis: u64,
    /// What only the holder of the secrets could see, found out before they were taken out.
    pub facts: BTreeMap<String, Fact>,
    /// The issued token as the relying party reads it, where it was encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
}

impl Exchange {
    /// Whether the target may be gone: nobody answered, or somebody in front of it says that nobody is behind.
    pub fn is_silence(&self) -> bool {
        match &self.outcome {
            Outcome::Broken { how, .. } => {
                matches!(how, Break::Unresolved | Break::Unreachable | Break::Dropped | Break::TimedOut)
            }
            Outcome::Answered(http) => matches!(http.status, 502..=504),
        }
    }

    /// How it broke, if it did.
    pub fn broke(&self) -> Option<Break> {
        match &self.outcome {
            Outcome::Broken { how, .. } => Some(*how),
            Outcome::Answered(_) => None,
        }
    }
}

/// The outcome of a predicate that needs bytes which a recording does not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Whether it holds.
    pub holds: bool,
    /// The evidence in words, without secrets.
    pub because: String,
    /// What stays open although it holds, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}

impl From<Holding> for Fact {
    fn from(holding: Holding) -> Self {
        Self { holds: holding.holds, because: holding.because, open: holding.open }
    }
}

impl From<&Fact> for Holding {
    fn from(fact: &Fact) -> Self {
        Self { holds: fact.holds, because: fact.because.clone(), open: fact.open.clone() }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Outcome {
    /// An HTTP answer, whole.
    Answered(HttpResponse),
    /// No whole answer. Whether that is the target's fault is for the verdict to say.
    Broken {
        /// What kind of break.
        how: Break,
        /// In words: place, cause.
        because: String,
        /// What had been read when it broke.
        #[serde(with = "bytes_as_text")]
        received: Vec<u8>,
    },
}

/// The ways in which an exchange can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Break {
    /// The name has no address.
    Unresolved,
    /// Nobody listens, or the way is barred.
    Unreachable,
    /// The TLS handshake failed.
    Tls,
    /// The connection was closed before the answer began.
    Dropped,
    /// The connection was closed, or went wrong, in the middle of the answer.
    Truncated,
    /// No answer in time.
    TimedOut,
    /// The answer is no HTTP.
    NotHttp,
    /// The answer is larger than the limit.
    TooLarge,
}

impl Break {
    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Unresolved => "check the host name in the address",
            Self::Unreachable => "check the port, and that the service runs and can be reached from here",
            Self::Tls => {
                "give the authority of its certificate with `--ca FILE` or `anchors.tls-ca` in the profile; if it asks for a client certificate, name one in the account"
            }
            Self::TimedOut => "see whether the service hangs; `--timeout` waits longer",
            Self::Dropped | Self::Truncated | Self::NotHttp | Self::TooLarge => {
                "see whether the address is that of a WS-Trust endpoint over HTTP or HTTPS, as it is written"
            }
        }
    }
}

/// A request as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers in the order sent.
    pub headers: Vec<(String, String)>,
    /// Body.
    #[serde(with = "bytes_as_text")]
    pub body: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Headers in the order received.
    pub headers: Vec<(String, String)>,
    /// Body, transfer coding removed.
    #[serde(with = "bytes_as_text")]
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The charset that the Content-Type names.
    pub fn charset(&self) -> Option<&str> {
        let parameters = self.header("content-type")?.split(';').skip(1).filter_map(|one| one.split_once('='));
        let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        charsets.next().map(|(_, value)| value.trim().trim_matches('"'))
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// Text where the bytes are UTF-8, so that a recording can be read; base64 where they are not.
mod bytes_as_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Bytes {
        Text(String),
        Base64(String),
    }

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Bytes::Text(text.to_owned()),
            Err(_) => Bytes::Base64(STANDARD.encode(bytes)),
        }
        .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        match Bytes::deserialize(from)? {
            Bytes::Text(text) => Ok(text.into_bytes()),
            Bytes::Base64(text) => STANDARD.decode(text).map_err(serde::de::Error::custom),
        }
    }
}
