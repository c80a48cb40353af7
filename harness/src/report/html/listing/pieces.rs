//! Cuts a text into tags and what is between them, whatever the text is. There is no tree here, and nothing is refused.

use std::ops::Range;

/// A run of base64 that is longer than this is too long to be read.
const RUN: usize = 140;

/// A part of a text that belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Empty,
    End,
    Text,
    Blank,
    /// A comment, a CDATA section, an instruction or a declaration.
    Other,
}

/// Cuts a text into tags and what is between them. What is no markup at all is one text.
pub(super) fn pieces(text: &str) -> Vec<(Kind, Range<usize>)> {
    if !text.trim_start().starts_with('<') {
        return vec![(Kind::Text, 0..text.len())];
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (kind, length) = piece(&text[at..]);
        pieces.push((kind, at..at + length));
        at += length;
    }
    pieces
}

fn piece(text: &str) -> (Kind, usize) {
    let closed = |from: &str, by: &str| text[from.len()..].find(by).map(|at| from.len() + at + by.len());
    for (from, by) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
        if text.starts_with(from) {
            return (Kind::Other, closed(from, by).unwrap_or(text.len()));
        }
    }
    let named = |rest: &str| rest.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':');
    let tag = text.strip_prefix('<').filter(|rest| named(rest) || rest.strip_prefix('/').is_some_and(named));
    if let Some(length) = tag.and_then(|_| end_of_tag(text)) {
        let kind = match &text[..length] {
            tag if tag.starts_with("</") => Kind::End,
            tag if tag.ends_with("/>") => Kind::Empty,
            _ => Kind::Start,
        };
        return (kind, length);
    }
    let length = text.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(text.len(), |(at, _)| at);
    let kind = if text[..length].trim().is_empty() { Kind::Blank } else { Kind::Text };
    (kind, length)
}

fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at + 1),
            (None, b'<') => return None,
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The first namespace declaration in a tag, with the space before it.
pub(super) fn declaration(tag: &str) -> Option<Range<usize>> {
    let start = tag.find(" xmlns")?;
    let rest = &tag[start..];
    let open = rest.find(['"', '\''])?;
    let close = rest[open + 1..].find(&rest[open..=open])?;
    Some(start..start + open + close + 2)
}

/// Runs of base64 that are too long to be read, and what is between them.
pub(super) fn words(text: &str) -> Vec<(&str, bool)> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\r' | '\n');
    let mut words = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let run = rest.find(|c| !is_base64(c)).unwrap_or(rest.len());
        if run > RUN {
            words.push((&text[plain..at], false));
            words.push((&rest[..run], true));
            plain = at + run;
        }
        at += run + rest[run..].chars().next().map_or(0, char::len_utf8);
    }
    words.push((&text[plain..], false));
    words
}
