//! A script: a golden request, what is done to it in which order, and how it is sent. The script is the test; the seed
//! that it was drawn from is not needed again.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::label::Label;
use crate::case::model::{CaseId, Credential, Variant};
use crate::change::Operator;
use crate::profile::Approach;

/// One message, or two where the second is a copy of the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What it starts from.
    pub base: Base,
    /// What is done to it, in order.
    pub strokes: Vec<Stroke>,
    /// Headers of HTTP that are written another way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is done to the copy that is sent behind it; nothing is sent twice where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Vec<Stroke>>,
}

/// A golden request: one value for every dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Base {
    /// The golden case.
    pub case: CaseId,
    /// The versions spoken.
    pub variant: Variant,
    /// Who asks.
    pub credential: Credential,
    /// Whether it has the headers of WS-Addressing.
    pub addressed: bool,
    /// Whether it is made to be sent twice.
    pub twice: bool,
    /// Whether the account asks that may be locked: what is done to names and passwords is done to its own only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bait: bool,
}

/// One operator, when it works, and what it is meant to bring about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stroke {
    /// When.
    pub phase: Phase,
    /// What.
    pub operator: Operator,
    /// The place that it is about, by roles.
    pub role: String,
    /// What a sound service must make of it, if that can be said of it alone.
    pub promise: Option<Label>,
    /// The relation that it follows, if it is a preserving rewrite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
}

/// When an operator works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before values are filled in and signatures made.
    Change,
    /// On the finished message.
    Tamper,
}

impl Script {
    /// The operators of a phase, for the first message.
    pub fn operators(&self, phase: Phase) -> Vec<Operator> {
        operators(&self.strokes, phase)
    }

    /// Every operator, those for the copy too.
    pub fn all(&self) -> impl Iterator<Item = &Stroke> {
        self.strokes.iter().chain(self.again.iter().flatten())
    }

    /// How many things are done.
    pub fn len(&self) -> usize {
        self.all().count() + self.headers.len()
    }

    /// Whether it is the golden request itself.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The operators of a phase.
pub(super) fn operators(strokes: &[Stroke], phase: Phase) -> Vec<Operator> {
    strokes.iter().filter(|stroke| stroke.phase == phase).map(|stroke| stroke.operator.clone()).collect()
}

impl Base {
    /// How the target is asked it.
    pub(super) fn approach(&self) -> Approach {
        Approach { credential: self.credential, variant: self.variant.clone(), tls: false }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addressing = if self.addressed { "" } else { ", no addressing" };
        let bait = if self.bait { ", bait" } else { "" };
        write!(f, "{} [{}], {}{addressing}{bait}", self.case, self.variant, self.credential)
    }
}
