//! Why a document was not let in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// The kinds of reason, in the order in which the gate looks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// More bytes than the limit.
    TooLarge,
    /// An encoding that is unknown or that no SOAP message may use.
    UnknownEncoding,
    /// The byte order mark, the Content-Type and the declaration contradict each other or the bytes.
    LyingEncoding,
    /// Bytes that do not exist in the encoding.
    BadBytes,
    /// A character that XML 1.0 excludes.
    IllegalCharacter,
    /// The XML declaration is malformed, misplaced or of another version.
    Declaration,
    /// No element at all.
    Empty,
    /// A document type declaration.
    Doctype,
    /// Markup that breaks the grammar: tags, quotes, comments, CDATA sections.
    Syntax,
    /// A reference to an entity that does not exist or to a character that must not exist.
    Reference,
    /// A name that is none, or none with namespaces: `1a`, `a:b:c`, `:a`.
    Name,
    /// A prefix without a namespace.
    UndeclaredPrefix,
    /// A namespace declaration that is forbidden: reserved prefixes and names, an empty name for a prefix.
    NamespaceRule,
    /// The same attribute twice, by its written or by its expanded name.
    DuplicateAttribute,
    /// A processing instruction whose target is reserved or no name.
    ProcessingInstruction,
    /// Something other than white space, comments and processing instructions outside the one root element.
    OutsideRoot,
    /// Elements left open at the end, or an end tag that closes another element.
    Unbalanced,
    /// More open elements than the limit.
    TooDeep,
    /// More attributes on one element than the limit.
    TooManyAttributes,
    /// More namespace bindings in scope than the limit.
    TooManyNamespaces,
    /// A name longer than the limit.
    LongName,
    /// The second parser found what the gate did not.
    NotWellFormed,
}

impl Reason {
    /// Whether the document may be well-formed and is only too expensive.
    pub fn is_limit(self) -> bool {
        matches!(
            self,
            Self::TooLarge | Self::TooDeep | Self::TooManyAttributes | Self::TooManyNamespaces | Self::LongName
        )
    }
}

/// A document that was not let in: place and cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// The kind of reason.
    pub reason: Reason,
    /// Where, unless it concerns the document as a whole.
    pub place: Option<Place>,
    /// What is wrong, in words.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn at(reason: Reason, text: &str, offset: usize, detail: impl Into<String>) -> Self {
        Self { reason, place: Some(Place::of(text, offset)), detail: detail.into() }
    }

    pub(crate) fn whole(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, place: None, detail: detail.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{place}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}
