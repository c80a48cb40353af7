//! Everything that a check may look at, and nothing else: no network, no clock, no keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::finding::Document;
use crate::gate::Refusal;
use crate::path::Paths;
use crate::predicate::Predicates;
use crate::time::{Span, Time};
use crate::tree::{Node, Tree};

/// One exchange, ready to be judged.
pub struct Scene<'s> {
    /// HTTP status of the answer.
    pub status: u16,
    /// HTTP headers of the answer, in the order received.
    pub headers: &'s [(String, String)],
    /// Body of the answer.
    pub body: &'s [u8],
    /// The body as a document, or why it is none.
    pub answer: Result<&'s Tree, &'s Refusal>,
    /// The issued token as a document of its own.
    pub token: Token<'s>,
    /// What was sent, if it is a document.
    pub request: Option<&'s Tree>,
    /// The values of the placeholders.
    pub values: &'s BTreeMap<String, String>,
    /// Evaluates paths with the prefixes of the variant.
    pub paths: &'s Paths,
    /// When the request was sent.
    pub now: Time,
    /// Answers what needs keys or the untouched bytes.
    pub predicates: &'s dyn Predicates,
}

/// The issued token.
#[derive(Debug, Clone, Copy)]
pub enum Token<'s> {
    /// Readable by itself.
    Document(&'s Tree),
    /// There is none in the answer.
    Absent,
    /// Encrypted, and there is no key to open it with: why.
    Sealed(&'s str),
    /// There, but no document by itself: why.
    Unreadable(&'s str),
}

impl<'s> Scene<'s> {
    /// The values of the HTTP headers of that name, whatever its case.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &'s str> {
        let name = name.to_owned();
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(&name)).map(|(_, value)| value.as_str())
    }

    /// Which of the documents a tree is.
    pub fn document_of(&self, tree: &Tree) -> Document {
        if matches!(self.token, Token::Document(token) if std::ptr::eq(token, tree)) {
            Document::Token
        } else if self.request.is_some_and(|request| std::ptr::eq(request, tree)) {
            Document::Request
        } else {
            Document::Answer
        }
    }

    /// A name for a predicate about a node that stays the same when texts are replaced: for facts that are found out
    /// while secrets are at hand and looked up when they are gone.
    pub fn fact_key(&self, predicate: &str, tree: &Tree, node: Node) -> String {
        format!("{predicate} {} {}", self.document_of(tree), tree.steps(node))
    }

    /// A text with its placeholders filled, or the name of the one that has no value.
    pub fn fill<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, String> {
        fill(text, |name| self.value(name))
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(value) = self.values.get(name) {
            return Some(value.clone());
        }
        let shift = name.strip_prefix("now")?;
        let shift = if shift.is_empty() { Span::from_nanos(0) } else { signed(shift)? };
        Some(self.now.plus(shift).to_string())
    }
}

fn signed(shift: &str) -> Option<Span> {
    shift.starts_with(['+', '-']).then(|| Span::parse(shift)).flatten()
}

/// Replaces `{{name}}` by what `value` says, or returns the first name without value.
pub(crate) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<Cow<'_, str>, String> {
    if !text.contains("{{") {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(&value(name.trim()).ok_or_else(|| name.trim().to_owned())?);
        rest = after;
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}
