//! What is allowed to reach the parser at all: one pass over the octets that settles the encoding and refuses what a
//! message never needs. It shares no code with the suite's judge, so that the two cannot share a blind spot.

use std::borrow::Cow;
use std::fmt;

use super::encoding::{declaration, decode};
use super::octets::{KIND, Kind, is_character};

/// How much a message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the whole message.
    pub bytes: usize,
    /// Elements within one another.
    pub depth: usize,
    /// Attributes of one element, namespace declarations among them.
    pub attributes: usize,
    /// Octets of one name.
    pub name: usize,
    /// Whether a document type declaration is let in: only under a misbehaviour.
    pub doctype: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 << 20, depth: 128, attributes: 128, name: 1024, doctype: false }
    }
}

/// A message that may be parsed.
#[derive(Debug)]
pub struct Admitted<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Whether there is a processing instruction in it.
    pub has_instruction: bool,
}

/// Why a message is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub flaw: Flaw,
    /// The offset of it in octets of the text; zero where it concerns the whole.
    pub at: usize,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {}: {}", self.at, self.flaw)
    }
}

/// What is wrong with a message before it is XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// There is nothing.
    #[error("the message is empty")]
    Empty,
    /// More octets than [`Limits::bytes`].
    #[error("the message is too long")]
    TooLong,
    /// More nesting than [`Limits::depth`].
    #[error("the elements are nested too deeply")]
    TooDeep,
    /// More attributes than [`Limits::attributes`].
    #[error("an element has too many attributes")]
    TooManyAttributes,
    /// A longer name than [`Limits::name`].
    #[error("a name is too long")]
    LongName,
    /// An encoding other than UTF-8 and UTF-16.
    #[error("the encoding is neither UTF-8 nor UTF-16")]
    Encoding,
    /// The octets are not in the encoding that they are said to be in, or two places name two encodings.
    #[error("the octets contradict the encoding that was named")]
    EncodingLie,
    /// Another XML version than 1.0, or a declaration that is none.
    #[error("the XML declaration is wrong or of another version than 1.0")]
    Declaration,
    /// A document type declaration.
    #[error("a message has no document type declaration")]
    Doctype,
    /// A character that XML does not have.
    #[error("a character that is not allowed")]
    Character,
    /// A reference to an unknown entity, or to a character that XML does not have.
    #[error("a reference to nothing")]
    Reference,
    /// Anything else that is not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(&'static str),
    /// What the parser found.
    #[error("not well-formed: {0}")]
    Parser(String),
}

/// Lets a message in, or says why not. `charset` is the parameter of its media type.
pub fn admit<'a>(octets: &'a [u8], charset: Option<&str>, limits: &Limits) -> Result<Admitted<'a>, Refused> {
    let whole = |flaw| Refused { flaw, at: 0 };
    if octets.len() > limits.bytes {
        return Err(whole(Flaw::TooLong));
    }
    let (text, encoding) = decode(octets, charset).map_err(whole)?;
    if text.is_empty() {
        return Err(whole(Flaw::Empty));
    }
    let start = declaration(&text, encoding).map_err(whole)?;
    let mut scan = Scan { text: text.as_bytes(), at: start, depth: 0, limits, has_instruction: false };
    let has_root = match scan.document() {
        Ok(has_root) => has_root,
        Err(flaw) => return Err(Refused { flaw, at: scan.at }),
    };
    if !has_root {
        return Err(Refused { flaw: Flaw::Malformed("no element at all"), at: text.len() });
    }
    let has_instruction = scan.has_instruction;
    Ok(Admitted { text, has_instruction })
}

/// The pass over the text. It needs no tree: that the tags match is the parser's to see.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    limits: &'a Limits,
    has_instruction: bool,
}

impl Scan<'_> {
    fn document(&mut self) -> Result<bool, Flaw> {
        let mut has_root = false;
        while self.at < self.text.len() {
            if self.text[self.at] != b'<' {
                self.characters()?;
                continue;
            }
            match &self.text[self.at + 1..] {
                [b'!', b'-', b'-', ..] => self.comment()?,
                [b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => self.cdata()?,
                [b'!', letter, ..] if letter.eq_ignore_ascii_case(&b'd') => self.doctype()?,
                [b'?', ..] => self.instruction()?,
                [b'/', ..] => {
                    self.at += 2;
                    self.name()?;
                    self.space();
                    self.expect(b'>')?;
                    self.depth = self.depth.checked_sub(1).ok_or(Flaw::Malformed("an end tag without its start"))?;
                }
                _ if self.depth == 0 && has_root => return Err(Flaw::Malformed("a second root element")),
                _ => {
                    has_root = true;
                    self.start_tag()?;
                }
            }
        }
        if self.depth > 0 { Err(Flaw::Malformed("an element without its end")) } else { Ok(has_root) }
    }

    fn start_tag(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        self.name()?;
        let mut attributes = 0;
        loop {
            let spaced = self.space();
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    self.depth += 1;
                    return if self.depth > self.limits.depth { Err(Flaw::TooDeep) } else { Ok(()) };
                }
                Some(b'/') => {
                    self.at += 1;
                    self.expect(b'>')?;
                    return if self.depth >= self.limits.depth { Err(Flaw::TooDeep) } else { Ok(()) };
                }
                Some(_) if !spaced => return Err(Flaw::Malformed("no white space before an attribute")),
                _ => {}
            }
            attributes += 1;
            if attributes > self.limits.attributes {
                return Err(Flaw::TooManyAttributes);
            }
            self.attribute()?;
        }
    }

    fn attribute(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.name()?;
        let is_prefix = self.text[start..self.at].starts_with(b"xmlns:");
        self.space();
        self.expect(b'=')?;
        self.space();
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            return Err(Flaw::Malformed("an attribute without a quoted value"));
        };
        self.at += 1;
        let value = self.at;
        loop {
            match self.skip_plain() {
                Some(b'&') => self.reference()?,
                Some(b'<') => return Err(Flaw::Malformed("\"<\" in an attribute")),
                Some(byte @ (b'"' | b'\'')) => {
                    self.at += 1;
                    if byte == quote {
                        break;
                    }
                }
                Some(_) => self.odd_character()?,
                None => return Err(Flaw::Malformed("the end within a tag")),
            }
        }
        // Namespaces in XML 1.0 has no way to undeclare a prefix.
        if is_prefix && self.at == value + 1 {
            return Err(Flaw::Malformed("a prefix bound to nothing"));
        }
        Ok(())
    }

    /// Text between tags; outside the root only white space.
    fn characters(&mut self) -> Result<(), Flaw> {
        if self.depth == 0 {
            self.space();
            return match self.peek() {
                None | Some(b'<') => Ok(()),
                Some(_) => Err(Flaw::Malformed("text outside the root element")),
            };
        }
        loop {
            match self.skip_plain() {
                None | Some(b'<') => return Ok(()),
                Some(b'&') => self.reference()?,
                Some(b'"' | b'\'') => self.at += 1,
                Some(b']') if self.text[self.at..].starts_with(b"]]>") => {
                    return Err(Flaw::Malformed("\"]]>\" in text"));
                }
                Some(_) => self.odd_character()?,
            }
        }
    }

    /// Passes a document type declaration over, where it is let in; the parser knows its grammar.
    fn doctype(&mut self) -> Result<(), Flaw> {
        if !self.limits.doctype {
            return Err(Flaw::Doctype);
        }
        let mut brackets = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b'>' if brackets == 0 => return Ok(()),
                _ => {}
            }
        }
        Err(Flaw::Malformed("a document type declaration without its end"))
    }

    fn comment(&mut self) -> Result<(), Flaw> {
        self.at += 4;
        self.until(b"--")?;
        self.expect(b'>').map_err(|_| Flaw::Malformed("\"--\" in a comment"))
    }

    fn cdata(&mut self) -> Result<(), Flaw> {
        if self.depth == 0 {
            return Err(Flaw::Malformed("text outside the root element"));
        }
        self.at += 9;
        self.until(b"]]>")
    }

    fn instruction(&mut self) -> Result<(), Flaw> {
        self.at += 2;
        let start = self.at;
        self.name()?;
        if self.text[start..self.at].eq_ignore_ascii_case(b"xml") {
            return Err(Flaw::Declaration);
        }
        self.has_instruction = true;
        self.until(b"?>")
    }

    /// Goes behind the next `end`, looking at every character on the way.
    fn until(&mut self, end: &[u8]) -> Result<(), Flaw> {
        loop {
            match self.peek() {
                None => return Err(Flaw::Malformed("the end within a comment, a CDATA section or an instruction")),
                Some(byte) if byte == end[0] && self.text[self.at..].starts_with(end) => {
                    self.at += end.len();
                    return Ok(());
                }
                Some(byte) if KIND[usize::from(byte)] == Kind::Odd => self.odd_character()?,
                Some(_) => self.at += 1,
            }
        }
    }

    fn reference(&mut self) -> Result<(), Flaw> {
        let rest = &self.text[self.at + 1..];
        // The longest reference that means anything is `&#x0010FFFF;` with a few zeros: more is mischief.
        let length = rest.iter().take(16).position(|byte| *byte == b';').ok_or(Flaw::Reference)?;
        let name = std::str::from_utf8(&rest[..length]).map_err(|_| Flaw::Reference)?;
        let code = match name.strip_prefix('#') {
            None if matches!(name, "lt" | "gt" | "amp" | "quot" | "apos") || self.limits.doctype => None,
            None => return Err(Flaw::Reference),
            Some(digits) => Some(match digits.strip_prefix('x') {
                Some(hex) if hex.bytes().all(|digit| digit.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
                None if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.parse(),
                _ => return Err(Flaw::Reference),
            }),
        };
        if let Some(code) = code {
            let legal = code.ok().and_then(char::from_u32).is_some_and(is_character);
            if !legal {
                return Err(Flaw::Reference);
            }
        }
        self.at += length + 2;
        Ok(())
    }

    /// Goes to the next octet that needs a look, and says which.
    fn skip_plain(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if KIND[usize::from(byte)] != Kind::Plain {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// An octet that begins something rare: U+FFFE and U+FFFF and control characters are the illegal ones.
    fn odd_character(&mut self) -> Result<(), Flaw> {
        match &self.text[self.at..] {
            [0xEF, 0xBF, 0xBE | 0xBF, ..] => Err(Flaw::Character),
            [byte, ..] if *byte < 0x20 => Err(Flaw::Character),
            _ => {
                self.at += 1;
                Ok(())
            }
        }
    }

    fn name(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        // XML alone would let a colon begin a name; with namespaces nothing stands in front of it.
        if !self.peek().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80) {
            return Err(Flaw::Malformed("a name was due"));
        }
        while self.peek().is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.') || byte >= 0x80
        }) {
            self.at += 1;
        }
        if self.at - start > self.limits.name { Err(Flaw::LongName) } else { Ok(()) }
    }

    fn space(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.at > start
    }

    fn expect(&mut self, byte: u8) -> Result<(), Flaw> {
        if self.peek() != Some(byte) {
            return Err(Flaw::Malformed("a tag that does not end where it should"));
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
