//! Hostile answers: what an STS, or whoever stands in its place, can send back; what a sound client makes of it; and
//! how a run ends on it.
//!
//! The data describes the answers by what is changed in the genuine one of the bundled mock. Who serves them (a test of
//! ours, or a test of somebody's client) brings the sockets.

mod form;
mod read;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::form::{Form, Resign, SigningKeyName, When, Wire};
use crate::case::hostile::Severity;

/// The case, or the verb, that most answers are given to.
pub const USUAL: &str = "issue/minimal";

/// What `asks` says where the description of a service is read, and no token asked for.
pub const INIT: &str = "init";

/// Every hostile answer, and the words that they use.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Sorted by layer and as the files have them.
    pub answers: Vec<Answer>,
    /// What the words mean.
    pub words: Words,
}

/// What the words mean that answers use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What a sound client does.
    pub client: BTreeMap<String, String>,
    /// What a client must be or do for an answer to concern it.
    pub need: BTreeMap<String, String>,
    /// What is looked at from outside the client.
    pub oracle: BTreeMap<String, String>,
}

/// One class of hostile answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its name, which never changes its meaning.
    pub id: String,
    /// The layer whose rule is broken: the name of its file.
    pub layer: String,
    /// What the answer is, in a sentence.
    pub title: String,
    /// What it means if a client fails it.
    pub severity: Severity,
    /// What a client must be or do for it to concern it.
    pub needs: Vec<String>,
    /// What is looked at from outside the client.
    pub oracles: Vec<String>,
    /// What a sound client does beyond what the word of its label says.
    pub makes: Option<String>,
    /// Its answers.
    pub forms: Vec<Form>,
}

/// What a sound client does with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// Tells an error, and keeps no token.
    MustReject,
    /// Tells an error or a warning.
    ShouldReject,
    /// Either; what it does must still be right.
    MayAccept,
    /// Uses the token.
    MustAccept,
    /// Tells the code and the reason of the fault.
    MustSurfaceFault,
}

impl Client {
    /// The word by which the data calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::MustReject => "must-reject",
            Self::ShouldReject => "should-reject",
            Self::MayAccept => "may-accept",
            Self::MustAccept => "must-accept",
            Self::MustSurfaceFault => "must-surface-fault",
        }
    }

    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::MustReject, Self::ShouldReject, Self::MayAccept, Self::MustAccept, Self::MustSurfaceFault];
}
