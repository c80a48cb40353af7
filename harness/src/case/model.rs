//! The checked form of a case: what the files said, with every name resolved.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use stsproof_judge::check::Check;

use super::hostile::{Form, Hostile, Label, Sign};
use super::{placeholder, words};
use crate::change::{OctetOperator, Operator, Other};
use crate::problem::Text;

/// A path below `cases/` without extension, such as `issue/context-echoed`. Part of the API.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

/// The id of a row of the register, such as `wst.rstr.context-echo`. Part of the API.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RequirementId(pub String);

/// A name from `capabilities.toml`: something that a target may or may not offer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Capability(pub String);

/// One thing that is asked of a target, and what its answer must look like.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it lives below `cases/`.
    pub id: CaseId,
    /// A sentence that states the rule.
    pub title: String,
    /// What breaks for whom when the rule is broken.
    pub why: String,
    /// The rows of the register that it tests; the first one is what it is about.
    pub covers: Vec<RequirementId>,
    /// What a target must offer for the case to make sense.
    pub needs: Vec<Capability>,
    /// What a target must not offer: it would do what the case wants refused.
    pub unless: Vec<Capability>,
    /// The axes along which it is multiplied, each with its values.
    pub vary: BTreeMap<Axis, Vec<String>>,
    /// The exchanges, in order. Most cases have one. Those of a hostile class have nothing wrong: its forms have.
    pub steps: Vec<Step>,
    /// What makes it a hostile class, if it is one.
    pub hostile: Option<Hostile>,
    /// Former ids under which baselines may still name it.
    pub was: Vec<CaseId>,
    /// Its TOML file, for messages.
    pub file: Arc<Text>,
}

impl Case {
    /// Whether it has to be sent over TLS.
    pub fn needs_tls(&self) -> bool {
        self.needs.iter().any(|need| need.0 == "tls")
    }
}

/// One request and what is expected of its answer.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name in reports: the stem of the body, or the case's own for the only step.
    pub name: String,
    /// What is sent, before changes, credentials and values.
    pub body: Body,
    /// Rewrites of the body, before values are filled in and signatures made.
    pub change: Vec<Operator>,
    /// Rewrites of the finished, signed message.
    pub tamper: Vec<Operator>,
    /// Rewrites of its octets, last of all.
    pub encode: Vec<OctetOperator>,
    /// How it is signed, where that is not the usual way.
    pub sign: Sign,
    /// The earlier step whose message is sent once more, octet for octet, instead of a new one.
    pub again: Option<String>,
    /// Who asks, and how that is proved.
    pub credential: Credential,
    /// Deviations of the HTTP request from what the variant implies.
    pub http: Http,
    /// Values taken from the answer for later steps, by name.
    pub keep: BTreeMap<String, String>,
    /// What the answer must be.
    pub expect: Expect,
}

/// The path of an issued token.
pub(crate) const TOKEN: &str = "//wst:RequestedSecurityToken/*";

impl Step {
    /// Whether it keeps the token that it gets. Who does that means to show it, if a later step shows one.
    pub fn keeps_token(&self) -> bool {
        self.keep.values().any(|path| path == TOKEN)
    }

    /// Every placeholder in what is sent, and in what the answer is held against.
    pub fn placeholders(&self) -> BTreeSet<String> {
        let found = RefCell::new(BTreeSet::new());
        let add = |text: &str| found.borrow_mut().extend(placeholder::all_in(text).map(|(name, _)| name.to_owned()));
        if let Body::Xml(text) = &self.body {
            add(text);
        }
        for operator in self.change.iter().chain(&self.tamper) {
            if operator.takes_from(Other::OtherUser) {
                ["{{other.user}}", "{{other.password}}"].into_iter().for_each(add);
            }
            // Looking is enough: the operator itself stays as it is written.
            let _ = operator.map_text(|text| {
                add(text);
                text.to_owned()
            });
        }
        self.http.headers.values().chain(&self.http.path).for_each(|text| add(text));
        self.expect.checks.iter().flat_map(words::texts).for_each(add);
        found.into_inner()
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub enum Body {
    /// An envelope with placeholders.
    Xml(String),
    /// Bytes sent as they are.
    Raw(Vec<u8>),
}

/// How the requestor proves who it is. The profile names an endpoint and an account for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// No security header at all.
    None,
    /// UsernameToken with the password as text, and a Timestamp.
    Username,
    /// UsernameToken with a digest of nonce, time and password, and a Timestamp.
    UsernameDigest,
    /// An X.509 certificate whose key signs the Body, the Timestamp and the addressing headers.
    X509,
    /// A bearer assertion that the target issued before.
    SamlBearer,
    /// An assertion that the target issued before, its key signing the message.
    SamlHolderOfKey,
}

/// Deviations of the HTTP request from what the variant implies.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Http {
    /// The method, POST unless named.
    pub method: Option<String>,
    /// Headers to set (a value) or to leave out (an empty value), by name.
    pub headers: BTreeMap<String, String>,
    /// A path to ask instead of the endpoint's own.
    pub path: Option<String>,
    /// More header lines, each as it is written, behind the others.
    pub also: Vec<String>,
    /// Sends the body in chunks of so many octets.
    pub chunk: Option<usize>,
    /// How far the Content-Length is off.
    pub length: i64,
    /// Rewrites of the body as it is framed.
    pub frame: Vec<OctetOperator>,
}

/// What an answer must be.
#[derive(Debug, Clone)]
pub struct Expect {
    /// Its kind.
    pub answer: AnswerKind,
    /// Another kind, which no text forbids: it passes with a note.
    pub allowed: Option<AnswerKind>,
    /// Fault codes as prefixed names: the first is preferred, the rest pass with a note.
    pub code: Vec<String>,
    /// What must hold in it.
    pub checks: Vec<Check>,
}

/// The kinds of answer that a case can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerKind {
    /// A token.
    Issued,
    /// A status (Validate) or the confirmation of a Cancel.
    Status,
    /// A SOAP fault.
    Fault,
    /// No token: a SOAP fault, or a clean refusal by HTTP status.
    Refused,
    /// A token or a clean refusal, but nothing else.
    Orderly,
    /// A status of success without a body.
    Empty,
    /// A SOAP fault, or HTTP success without a body: whatever else there is, it is not in this answer.
    Withheld,
}

/// A dimension along which one case becomes several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// SOAP version: `1.2`, `1.1`.
    Soap,
    /// WS-Trust version: `1.3`, `1.4`, `2005/02`.
    Trust,
    /// WS-Addressing version: `2005/08`, `2004/08`.
    Addressing,
    /// Token asked for: `saml2`, `saml11`.
    Token,
    /// Not an axis of the vocabulary: which request of a hostile class.
    Form,
}

/// One value for each axis: the one that a case varies over, and the default for the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Variant(pub BTreeMap<Axis, String>);

impl Axis {
    /// All that the vocabulary has words for, in the order in which variants are counted.
    pub const ALL: [Self; 4] = [Self::Soap, Self::Trust, Self::Addressing, Self::Token];

    /// The key by which cases call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Soap => "soap",
            Self::Trust => "trust",
            Self::Addressing => "addressing",
            Self::Token => "token",
            Self::Form => "form",
        }
    }

    /// What a reader calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Soap => "SOAP",
            Self::Trust => "WS-Trust",
            Self::Addressing => "WS-Addressing",
            Self::Token => "token",
            Self::Form => "form",
        }
    }
}

impl Case {
    /// The exchanges of one variant: those of its form, where it has forms.
    pub fn steps(&self, variant: &Variant) -> &[Step] {
        self.form(variant).map_or(&self.steps, |form| &form.steps)
    }

    /// The form that a variant means; none for a case without forms, and for the class without its defect.
    pub fn form(&self, variant: &Variant) -> Option<&Form> {
        let name = variant.0.get(&Axis::Form)?;
        self.hostile.as_ref()?.forms.iter().find(|form| form.name == *name)
    }

    /// What the service should do with one variant, if this is a hostile class.
    pub fn label(&self, variant: &Variant) -> Option<Label> {
        let hostile = self.hostile.as_ref()?;
        Some(self.form(variant).map_or(Label::MustAccept, |form| form.label)).filter(|_| !hostile.forms.is_empty())
    }
}

impl Credential {
    /// The name by which cases and profiles call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Username => "username",
            Self::UsernameDigest => "username-digest",
            Self::X509 => "x509",
            Self::SamlBearer => "saml-bearer",
            Self::SamlHolderOfKey => "saml-holder-of-key",
        }
    }
}

impl Http {
    /// Whether the target may see the end of the message at another place than it is.
    pub fn is_framed_oddly(&self) -> bool {
        self.length != 0 || !self.frame.is_empty() || !self.also.is_empty()
    }
}

impl AnswerKind {
    /// The name by which cases call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Status => "status",
            Self::Fault => "fault",
            Self::Refused => "refused",
            Self::Orderly => "orderly",
            Self::Empty => "empty",
            Self::Withheld => "withheld",
        }
    }
}

impl Variant {
    /// The part of it that the vocabulary has words for.
    #[must_use]
    pub fn spoken(&self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(axis, _)| **axis != Axis::Form)
                .map(|(axis, value)| (*axis, value.clone()))
                .collect(),
        )
    }

    /// The value of the axis that cases and rules call by this key.
    pub fn value(&self, key: &str) -> Option<&str> {
        let axis = Axis::ALL.into_iter().chain([Axis::Form]).find(|known| known.key() == key)?;
        self.0.get(&axis).map(String::as_str)
    }
}

impl fmt::Display for Variant {
    /// As in `soap=1.2,trust=2005-02`: fit for a shell, a file name and a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (axis, value)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{}={}", axis.key(), value.replace('/', "-"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
