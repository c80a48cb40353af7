//! What a check found, in words and in values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// What came of a check. How grave it is, is for the requirement to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The statement is true.
    Holds,
    /// The statement is true as far as can be seen here; the message says what stays open.
    Open,
    /// The statement is false.
    Broken,
    /// There is nothing that the statement could be about.
    NotApplicable,
    /// The check itself cannot be used: a path, a placeholder or a value in it is wrong. Never the target's fault.
    Unusable,
}

/// The documents that a check can look into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// What the target answered.
    #[default]
    Answer,
    /// The issued token, cut out of the answer and read by itself.
    Token,
    /// What was sent.
    Request,
}

/// One result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What came of it.
    pub outcome: Outcome,
    /// What was looked for and what was found, in a sentence.
    pub message: String,
    /// What should be there, where that can be said in a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The document that it is about.
    pub document: Document,
    /// Where in that document, as it was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Where the node ends that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Place>,
    /// The beginning of the node's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// The requirement that it belongs to, if the check names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer => "answer",
            Self::Token => "token",
            Self::Request => "request",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{}, {place}: ", self.document)?;
        }
        f.write_str(&self.message)
    }
}

/// A text short enough for a message, on one line.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let mut short: String = text.chars().take(limit).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(limit).is_some() {
        short.push('\u{2026}');
    }
    short
}
