//! What reading asks of a tree, in the words of this crate.

use std::borrow::Cow;

use roxmltree::{Document, ParsingOptions};

use super::gate::{Flaw, Refused};

/// A node of a message.
pub(crate) type Node<'a> = roxmltree::Node<'a, 'a>;

/// Parses what the gate let in.
pub(crate) fn parse(text: &str, allow_dtd: bool) -> Result<Document<'_>, Refused> {
    Document::parse_with_options(text, ParsingOptions { allow_dtd, ..ParsingOptions::default() }).map_err(|error| {
        let position = error.pos();
        let line =
            text.split('\n').take(position.row.saturating_sub(1) as usize).map(|line| line.len() + 1).sum::<usize>();
        Refused { flaw: Flaw::Parser(error.to_string()), at: line + position.col.saturating_sub(1) as usize }
    })
}

/// Questions to a node.
pub(crate) trait Ask<'a>: Sized {
    /// Whether it is the element of this name.
    fn is(&self, namespace: &str, local: &str) -> bool;
    /// Its namespace, empty where it has none.
    fn namespace(&self) -> &'a str;
    /// Its local name.
    fn local(&self) -> &'a str;
    /// The elements directly in it.
    fn elements(&self) -> impl Iterator<Item = Node<'a>>;
    /// The elements of this name directly in it.
    fn named(&self, namespace: &str, local: &str) -> impl Iterator<Item = Node<'a>>;
    /// The first element of this name directly in it.
    fn one(&self, namespace: &str, local: &str) -> Option<Node<'a>>;
    /// All text directly in it, in one piece: comments do not hide what follows them.
    fn whole_text(&self) -> Cow<'a, str>;
    /// The same without white space at the ends, as URIs and times are read.
    fn trimmed(&self) -> Cow<'a, str>;
    /// Whether there is text other than white space directly in it.
    fn has_text(&self) -> bool;
    /// An attribute without a namespace.
    fn plain(&self, name: &str) -> Option<&'a str>;
}

impl<'a> Ask<'a> for Node<'a> {
    fn is(&self, namespace: &str, local: &str) -> bool {
        self.is_element() && self.local() == local && self.namespace() == namespace
    }

    fn namespace(&self) -> &'a str {
        self.tag_name().namespace().unwrap_or("")
    }

    fn local(&self) -> &'a str {
        self.tag_name().name()
    }

    fn elements(&self) -> impl Iterator<Item = Node<'a>> {
        self.children().filter(Node::is_element)
    }

    fn named(&self, namespace: &str, local: &str) -> impl Iterator<Item = Node<'a>> {
        self.elements().filter(move |child| child.is(namespace, local))
    }

    fn one(&self, namespace: &str, local: &str) -> Option<Node<'a>> {
        self.elements().find(|child| child.is(namespace, local))
    }

    fn whole_text(&self) -> Cow<'a, str> {
        let mut pieces = self.children().filter(Node::is_text).filter_map(|piece| piece.text());
        let Some(first) = pieces.next() else { return Cow::Borrowed("") };
        let mut whole = Cow::Borrowed(first);
        for piece in pieces {
            whole.to_mut().push_str(piece);
        }
        whole
    }

    fn trimmed(&self) -> Cow<'a, str> {
        match self.whole_text() {
            Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
            Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
        }
    }

    fn has_text(&self) -> bool {
        self.children().any(|child| child.is_text() && !trim(child.text().unwrap_or("")).is_empty())
    }

    fn plain(&self, name: &str) -> Option<&'a str> {
        self.attributes()
            .find(|attribute| attribute.namespace().is_none() && attribute.name() == name)
            .map(|a| a.value())
    }
}

/// Takes the white space of XML off both ends, and no other.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// The lexical forms of `xs:boolean`.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match trim(text) {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// Whether a text can be an absolute URI: a scheme, then something, and nothing that a URI never has.
pub(crate) fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && !rest.chars().any(|c| {
            c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
        })
}
