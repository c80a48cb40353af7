//! A hostile class: what is wrong with its requests, how they differ, and what a sound service does with them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::{AnswerKind, Step};
use crate::change::Operator;
use crate::exchange::key::{DigestAlgorithm, SignatureAlgorithm};

/// The name of the form that has no defect: everything else of the class, and nothing wrong.
pub const REPAIRED: &str = "repaired";

/// What makes a case a hostile class.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// What a sound service does, unless a form says otherwise.
    pub label: Label,
    /// What it means if the service fails.
    pub severity: Severity,
    /// What the class may do to a weak service.
    pub hazard: Hazard,
    /// What must hold besides what holds for every hostile request.
    pub oracles: Vec<String>,
    /// How long the answer may take.
    pub bound: Duration,
    /// Whether closing the connection without an answer is a refusal.
    pub close: bool,
    /// Whom a token has to name, where that is not whoever the credential usually proves.
    pub subject: Option<String>,
    /// Texts that may not come back.
    pub forbid: Vec<String>,
    /// The misbehaviour of the mock that it must catch, or why there can be none.
    pub catches: Catches,
    /// Its requests, each with one defect.
    pub forms: Vec<Form>,
}

/// One request of a class.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its name: a value of the pseudo-axis `form`.
    pub name: String,
    /// What a sound service does.
    pub label: Label,
    /// The steps with the defect in the last one.
    pub steps: Vec<Step>,
}

/// How a class shows that it can fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Catches {
    /// A misbehaviour of the mock.
    Mutant(String),
    /// There can be none, for this reason.
    None(String),
}

/// What a sound service does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Refuses it.
    MustReject,
    /// Answers that the token is invalid, or refuses.
    StatusInvalid,
    /// Refuses it, unless its policy says otherwise.
    ShouldReject,
    /// Either; what it does must still be right.
    MayAccept,
    /// Accepts it.
    MustAccept,
}

/// What it means if a service fails a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// What a class may do to a weak service. The order is that in which they run.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Nothing.
    #[default]
    None,
    /// Lock an account.
    Lockout,
    /// Use time or memory.
    Load,
    /// End the process.
    Crash,
}

/// How a message is signed, where that is not the usual way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Sign {
    /// Whether it is signed at all.
    pub omit: bool,
    /// What is signed; the usual parts where it is absent.
    pub parts: Option<Vec<SignedPart>>,
    /// How the signature is made; what the key usually does where it is absent.
    pub algorithm: Option<SignatureAlgorithm>,
    /// How the parts are digested.
    pub digest: Option<DigestAlgorithm>,
    /// The key that signs.
    pub key: Option<SignedBy>,
    /// The content of `ds:KeyInfo`.
    pub key_info: Option<String>,
    /// Changes of the signature, its digests made, before its value is computed.
    pub change: Vec<Operator>,
}

/// A part of a message that can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedPart {
    /// `s:Body`.
    Body,
    /// `wsu:Timestamp` of the security header.
    Timestamp,
    /// Every header of WS-Addressing.
    Addressing,
}

/// A key that signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedBy {
    /// The requestor's own.
    Client,
    /// A key that nobody vouches for, with the certificate `{{stranger.certificate}}`.
    Stranger,
    /// The octets of the requestor's certificate, as if they were a secret.
    CertificateAsSecret,
    /// No octets at all, as if they were a secret.
    EmptySecret,
}

impl Label {
    /// The kind of answer that it asks for.
    pub fn answer(self) -> AnswerKind {
        match self {
            Self::MustReject | Self::ShouldReject | Self::StatusInvalid => AnswerKind::Refused,
            Self::MayAccept => AnswerKind::Orderly,
            Self::MustAccept => AnswerKind::Issued,
        }
    }

    /// Whether a refusal is what is wanted, so that it has to be shown that the defect is what was refused.
    pub fn rejects(self) -> bool {
        matches!(self, Self::MustReject | Self::ShouldReject | Self::StatusInvalid)
    }

    /// The word by which cases call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::MustReject => "must-reject",
            Self::StatusInvalid => "status-invalid",
            Self::ShouldReject => "should-reject",
            Self::MayAccept => "may-accept",
            Self::MustAccept => "must-accept",
        }
    }
}

impl Severity {
    /// The word by which cases call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Hazard {
    /// The word by which cases and `--hazard` call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lockout => "lockout",
            Self::Load => "load",
            Self::Crash => "crash",
        }
    }
}

impl Sign {
    /// Whether a message is signed in the usual way.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
