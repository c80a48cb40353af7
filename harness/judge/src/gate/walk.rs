//! One pass over a text with a tokenizer that promises little: every rule it does not keep is kept here.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::refusal::{Reason, Refusal};
use super::tag::{self, Written};
use super::{Limits, chars};
use crate::place::Lines;
use crate::uri::XML;

const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A text that keeps all rules, its white space normalised where the parser behind does not do it.
pub(super) struct Walked {
    pub(super) text: String,
    pub(super) lines: Lines,
}

pub(super) fn walk(text: String, limits: &Limits) -> Result<Walked, Refusal> {
    let lines = Lines::of(&text);
    let mut walk =
        Walk { text: &text, limits, depth: 0, rooted: false, scope: Vec::new(), rewrite: Rewrite::default() };
    walk.run()?;
    let Rewrite { out, copied, taken } = walk.rewrite;
    if copied == 0 {
        return Ok(Walked { text, lines });
    }
    Ok(Walked { text: out + &text[copied..], lines: lines.without(&taken) })
}

struct Walk<'t> {
    text: &'t str,
    limits: &'t Limits,
    depth: usize,
    rooted: bool,
    scope: Vec<Binding<'t>>,
    rewrite: Rewrite,
}

/// A namespace declaration and the depth of its element.
struct Binding<'t> {
    prefix: &'t str,
    uri: Cow<'t, str>,
    depth: usize,
}

impl<'t> Walk<'t> {
    fn run(&mut self) -> Result<(), Refusal> {
        // The reader would pass it over without a word, and every place behind it would be off.
        if self.text.starts_with('\u{FEFF}') {
            return Err(self.refuse(Reason::OutsideRoot, 0, "a second byte order mark in front of the document"));
        }
        let mut reader = Reader::from_str(self.text);
        let config = reader.config_mut();
        config.check_comments = true;
        config.check_end_names = true;
        let mut start = 0;
        loop {
            let event = reader.read_event();
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
            match event {
                Ok(Event::Eof) => return self.finish(),
                Ok(event) => self.event(&event, start..end)?,
                Err(error) => {
                    let at = usize::try_from(reader.error_position()).unwrap_or(start);
                    return Err(self.syntax(&error, at));
                }
            }
            start = end;
        }
    }

    fn event(&mut self, event: &Event<'_>, at: Range<usize>) -> Result<(), Refusal> {
        let raw = &self.text[at.clone()];
        match event {
            Event::Start(_) => {
                self.open(at.clone(), at.end - 1)?;
                self.depth += 1;
            }
            Event::Empty(_) => {
                self.open(at.clone(), at.end - 2)?;
                self.leave(self.depth + 1);
            }
            Event::End(_) => {
                self.leave(self.depth);
                self.depth = self.depth.saturating_sub(1);
            }
            Event::Text(_) if self.depth == 0 && !chars::is_blank(raw) => {
                return Err(self.refuse(Reason::OutsideRoot, at.start, "text outside the root element"));
            }
            Event::Text(_) => {
                if let Some(found) = raw.find("]]>") {
                    return Err(self.refuse(Reason::Syntax, at.start + found, "`]]>` must not occur in text"));
                }
            }
            Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => {
                return Err(self.refuse(Reason::OutsideRoot, at.start, "text outside the root element"));
            }
            Event::CData(_) if !raw.starts_with("<![CDATA[") => {
                return Err(self.refuse(Reason::Syntax, at.start, "`<![CDATA[` is written in capitals"));
            }
            Event::CData(_) => self.rewrite.line_breaks(self.text, at),
            Event::GeneralRef(_) => self.references(at)?,
            Event::Comment(_) => {
                if raw.ends_with("--->") && raw != "<!---->" {
                    return Err(self.refuse(Reason::Syntax, at.end - 4, "a comment must not end in `--->`"));
                }
                self.rewrite.line_breaks(self.text, at);
            }
            Event::PI(_) => self.instruction(at)?,
            Event::Decl(_) => {
                if at.start != 0 || raw.as_bytes().get(5) == Some(&b'?') {
                    let detail = "an XML declaration stands at the very beginning, with a version";
                    return Err(self.refuse(Reason::Declaration, at.start, detail));
                }
            }
            Event::DocType(_) => {
                return Err(self.refuse(Reason::Doctype, at.start, "a SOAP message must not have a DOCTYPE"));
            }
            Event::Eof => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Refusal> {
        if self.depth > 0 {
            let detail = format!("{} elements are still open at the end", self.depth);
            return Err(self.refuse(Reason::Unbalanced, self.text.len(), detail));
        }
        if !self.rooted {
            return Err(Refusal::whole(Reason::Empty, "the document has no element"));
        }
        Ok(())
    }

    /// A start tag: its name, its attributes, and the namespaces that both need. `end` is where its attributes end.
    fn open(&mut self, at: Range<usize>, end: usize) -> Result<(), Refusal> {
        if self.depth == 0 && self.rooted {
            return Err(self.refuse(Reason::OutsideRoot, at.start, "a second root element"));
        }
        if self.depth >= self.limits.max_depth {
            let detail = format!("more than {} elements are open", self.limits.max_depth);
            return Err(self.refuse(Reason::TooDeep, at.start, detail));
        }
        self.rooted = true;
        let text = self.text;
        let inside = &text[at.start + 1..end];
        let length = inside.bytes().position(chars::is_space).unwrap_or(inside.len());
        let name = at.start + 1..at.start + 1 + length;
        let (prefix, _) = self.name(name.clone())?;

        let mut plain = Vec::new();
        let mut count = 0;
        for attribute in tag::attributes(text, name.end, end) {
            let attribute = attribute.map_err(|(at, detail)| self.refuse(Reason::Syntax, at, detail))?;
            count += 1;
            if count > self.limits.max_attributes {
                let detail = format!("the element has more than {} attributes", self.limits.max_attributes);
                return Err(self.refuse(Reason::TooManyAttributes, attribute.whole.start, detail));
            }
            let (prefix, local) = self.name(attribute.name.clone())?;
            self.value(&attribute)?;
            match (prefix, local) {
                (None, "xmlns") => self.declare("", &attribute)?,
                (Some("xmlns"), prefix) => self.declare(prefix, &attribute)?,
                (prefix, local) => plain.push((prefix, local, attribute.name.start)),
            }
        }
        if prefix == Some("xmlns") {
            return Err(self.refuse(Reason::NamespaceRule, name.start, "the prefix `xmlns` is for declarations only"));
        }
        self.resolve(prefix.unwrap_or_default(), name.start)?;
        let expanded = plain.into_iter().map(|(prefix, local, at)| {
            let namespace = prefix.map_or(Ok(""), |prefix| self.resolve(prefix, at))?;
            Ok((namespace, local, at))
        });
        self.distinct(expanded.collect::<Result<_, Refusal>>()?)
    }

    fn distinct(&self, mut attributes: Vec<(&str, &str, usize)>) -> Result<(), Refusal> {
        if attributes.len() < 2 {
            return Ok(());
        }
        attributes.sort_unstable();
        match attributes.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            Some(pair) => {
                let detail = format!("the attribute `{}` stands twice on this element", pair[1].1);
                Err(self.refuse(Reason::DuplicateAttribute, pair[1].2, detail))
            }
            None => Ok(()),
        }
    }

    fn name(&self, at: Range<usize>) -> Result<(Option<&'t str>, &'t str), Refusal> {
        if at.len() > self.limits.max_name {
            let detail = format!("a name of {} bytes, more than {}", at.len(), self.limits.max_name);
            return Err(self.refuse(Reason::LongName, at.start, detail));
        }
        let name = &self.text[at.clone()];
        chars::split(name).ok_or_else(|| self.refuse(Reason::Name, at.start, format!("`{name}` is no name")))
    }

    fn value(&mut self, attribute: &Written) -> Result<(), Refusal> {
        let range = attribute.value.clone();
        let value = &self.text[range.clone()];
        if let Some(found) = value.find('<') {
            return Err(self.refuse(Reason::Syntax, range.start + found, "`<` must not occur in an attribute's value"));
        }
        self.references(range.clone())?;
        self.rewrite.spaces(self.text, range);
        Ok(())
    }

    fn declare(&mut self, prefix: &'t str, attribute: &Written) -> Result<(), Refusal> {
        let at = attribute.whole.start;
        let uri = expand(&self.text[attribute.value.clone()]);
        let fault = match (prefix, &*uri) {
            ("xmlns", _) => Some("the prefix `xmlns` must not be declared"),
            ("xml", XML) => None,
            ("xml", _) => Some("the prefix `xml` must not be bound to another namespace"),
            (_, XML) => Some("the namespace of `xml` must not be bound to another prefix"),
            (_, XMLNS) => Some("the namespace of `xmlns` must not be declared"),
            ("", "") => None,
            (_, "") => Some("a prefix must not be bound to an empty namespace"),
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(self.refuse(Reason::NamespaceRule, at, fault));
        }
        let depth = self.depth + 1;
        if self.scope.iter().rev().take_while(|b| b.depth == depth).any(|b| b.prefix == prefix) {
            let detail = format!("the prefix `{prefix}` is declared twice on this element");
            return Err(self.refuse(Reason::DuplicateAttribute, at, detail));
        }
        if self.scope.len() >= self.limits.max_namespaces {
            let detail = format!("more than {} namespace declarations are in scope", self.limits.max_namespaces);
            return Err(self.refuse(Reason::TooManyNamespaces, at, detail));
        }
        self.scope.push(Binding { prefix, uri, depth });
        Ok(())
    }

    fn resolve(&self, prefix: &str, at: usize) -> Result<&str, Refusal> {
        match self.scope.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Ok(&binding.uri),
            None if prefix.is_empty() => Ok(""),
            None if prefix == "xml" => Ok(XML),
            None => Err(self.refuse(Reason::UndeclaredPrefix, at, format!("the prefix `{prefix}` is not declared"))),
        }
    }

    fn leave(&mut self, depth: usize) {
        while self.scope.last().is_some_and(|binding| binding.depth >= depth) {
            self.scope.pop();
        }
    }

    fn instruction(&mut self, at: Range<usize>) -> Result<(), Refusal> {
        let inside = &self.text[at.start + 2..at.end - 2];
        let target = &inside[..inside.bytes().position(chars::is_space).unwrap_or(inside.len())];
        if target.eq_ignore_ascii_case("xml") {
            let detail = format!("`{target}` is reserved");
            return Err(self.refuse(Reason::ProcessingInstruction, at.start, detail));
        }
        if !chars::is_ncname(target) {
            let detail = format!("`{target}` cannot be the target of a processing instruction");
            return Err(self.refuse(Reason::ProcessingInstruction, at.start, detail));
        }
        self.rewrite.line_breaks(self.text, at);
        Ok(())
    }

    fn references(&self, range: Range<usize>) -> Result<(), Refusal> {
        let mut from = range.start;
        while let Some(found) = self.text[from..range.end].find('&') {
            let at = from + found;
            let (length, _) =
                reference(&self.text[at..range.end]).map_err(|detail| self.refuse(Reason::Reference, at, detail))?;
            from = at + length;
        }
        Ok(())
    }

    fn syntax(&self, error: &Error, at: usize) -> Refusal {
        match error {
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                self.refuse(Reason::Unbalanced, at, format!("`</{found}>` where `</{expected}>` is due"))
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                self.refuse(Reason::Unbalanced, at, format!("`</{found}>` closes nothing"))
            }
            // The tokenizer looks for `>` of a DOCTYPE before it reports one.
            _ if self.text.get(at..).is_some_and(|rest| rest.starts_with("<!DOCTYPE")) => {
                self.refuse(Reason::Doctype, at, "a SOAP message must not have a DOCTYPE")
            }
            Error::IllFormed(IllFormedError::UnclosedReference) => {
                self.refuse(Reason::Reference, at, "`&` begins a reference that does not end")
            }
            other => self.refuse(Reason::Syntax, at, other.to_string()),
        }
    }

    fn refuse(&self, reason: Reason, at: usize, detail: impl Into<String>) -> Refusal {
        Refusal::at(reason, self.text, at, detail)
    }
}

/// The length of the reference at the beginning of a text, and what it stands for.
fn reference(text: &str) -> Result<(usize, char), &'static str> {
    let end = text.bytes().position(|byte| byte == b';' || chars::is_space(byte) || byte == b'<');
    let end = end.filter(|&end| text.as_bytes()[end] == b';').ok_or("`&` begins a reference that does not end")?;
    let c = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let digits = name.strip_prefix('#').ok_or("an entity that XML does not predefine")?;
            let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
            let number = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let code = number.then(|| u32::from_str_radix(digits, radix).ok()).flatten();
            let c = code.and_then(char::from_u32).filter(|&c| chars::is_legal(c));
            c.ok_or("a reference to a character that does not exist or must not occur in XML")?
        }
    };
    Ok((end + 1, c))
}

/// An attribute's value with its references replaced. They have been checked before.
fn expand(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, c) = reference(rest).unwrap_or((1, '&'));
        out.push(c);
        rest = &rest[length..];
    }
    Cow::Owned(out + rest)
}

/// The text as far as it has been rewritten. Nothing is copied before the first thing to rewrite.
#[derive(Default)]
struct Rewrite {
    out: String,
    /// How much of the source is in `out`.
    copied: usize,
    /// The bytes of the source that have no counterpart any more.
    taken: Vec<usize>,
}

impl Rewrite {
    /// Line breaks and tabs to spaces, in an attribute's value.
    fn spaces(&mut self, text: &str, range: Range<usize>) {
        self.each(text, range, |byte| matches!(byte, b'\t' | b'\n' | b'\r'), ' ');
    }

    /// Carriage returns to line feeds, where the parser leaves them.
    fn line_breaks(&mut self, text: &str, range: Range<usize>) {
        self.each(text, range, |byte| byte == b'\r', '\n');
    }

    fn each(&mut self, text: &str, range: Range<usize>, unwanted: impl Fn(u8) -> bool, instead: char) {
        let bytes = text.as_bytes();
        let mut at = range.start;
        while let Some(found) = bytes[at..range.end].iter().position(|&byte| unwanted(byte)) {
            let here = at + found;
            self.out.push_str(&text[self.copied..here]);
            self.out.push(instead);
            at = here + 1;
            if bytes[here] == b'\r' && at < range.end && bytes[at] == b'\n' {
                self.taken.push(here);
                at += 1;
            }
            self.copied = at;
        }
    }
}
