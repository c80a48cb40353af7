//! The language of checks: where to look, and one typed statement about what is there.

mod evaluate;
mod form;
mod raw;
mod validate;

use serde::Deserialize;

pub use self::form::Form;
pub use self::raw::CheckError;
pub use self::validate::Mistake;
pub(crate) use self::validate::path_mistake;
pub use crate::finding::{Document, Finding, Outcome};
pub use crate::predicate::{Holding, PREDICATES, Predicate, Predicates};
pub use crate::scene::{Scene, Token};
use crate::time::Span;

/// A statement about an exchange.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "raw::Raw")]
pub struct Check {
    /// The requirement that it tests, where a case covers several.
    pub clause: Option<String>,
    /// A path that must be true in the document looked into, or the check says nothing.
    pub when: Option<String>,
    /// A path that must be true in what was sent, or the check says nothing.
    pub when_request: Option<String>,
    /// The document looked into.
    pub document: Document,
    /// What is looked at.
    pub look: Look,
    /// Whether it is fine to find nothing.
    pub optional: bool,
    /// Whether it is enough that the statement is true of one node among several.
    pub some: bool,
    /// What is said.
    pub statement: Statement,
    /// Words for the report when it is false.
    pub say: Option<String>,
}

/// What a check looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The nodes that a path selects.
    At(String),
    /// The HTTP headers of a name.
    Header(String),
    /// The HTTP status.
    Status,
    /// The body of the answer as text.
    Body,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// There is something.
    Present,
    /// There is nothing.
    Absent,
    /// There are so many.
    Count(Comparison, usize),
    /// The text is exactly this.
    Equals(String),
    /// The text is exactly one of these.
    OneOf(Vec<String>),
    /// The text is anything but this.
    Not(String),
    /// A regular expression fits the whole text.
    Matches(Pattern),
    /// The text has a form.
    Form(Form),
    /// The time is before, after… another: a literal, or a path in the same document.
    Order(Order, String),
    /// The time is at most so far from another.
    Within(Span, Reference),
    /// The text is that of another node, or of one of them.
    SameAs(Reference),
    /// The text is not that of any of these nodes of the same document.
    DiffersFrom(String),
    /// A predicate holds.
    Holds(String),
}

/// How a number of nodes compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Exactly.
    Exactly,
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
}

/// How one time lies to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Earlier.
    Before,
    /// Later.
    After,
    /// Not earlier.
    NotBefore,
    /// Not later.
    NotAfter,
}

/// A path into a document that need not be the one looked into; or, for a time, a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In the same document, or a literal.
    Here(String),
    /// In what was sent.
    Request(String),
    /// In the answer.
    Answer(String),
}

/// A regular expression, compiled once unless it has placeholders.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    compiled: Option<regex_lite::Regex>,
}

impl Pattern {
    /// Takes a regular expression. A wrong one is found by [`Check::validate`].
    pub fn new(source: impl Into<String>) -> Self {
        let source = source.into();
        let compiled = if source.contains("{{") { None } else { Self::compile(&source).ok() };
        Self { source, compiled }
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn compile(source: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
        regex_lite::Regex::new(&format!(r"\A(?:{source})\z"))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
