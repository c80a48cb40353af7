//! The inside of a tag of well-formed XML, as ranges of the source.

use std::ops::Range;

/// A start tag, or an empty-element tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTag {
    /// The name as written.
    pub name: Range<usize>,
    /// Everything in attribute position, namespace declarations included, in order.
    pub attributes: Vec<Attribute>,
    /// From `<` to `>`, both included.
    pub range: Range<usize>,
    /// Whether it ends in `/>`.
    pub empty: bool,
}

/// An attribute or a namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name as written.
    pub name: Range<usize>,
    /// The value without its quotes.
    pub value: Range<usize>,
}

impl StartTag {
    /// Reads the tag that starts at `start` of `text`. `None` if there is no whole tag.
    pub fn read(text: &str, start: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.get(start) != Some(&b'<') {
            return None;
        }
        let name = start + 1..name_end(bytes, start + 1)?;
        let mut attributes = Vec::new();
        let mut at = name.end;
        loop {
            at = skip_space(bytes, at);
            match bytes.get(at)? {
                b'>' => return Some(Self { name, attributes, range: start..at + 1, empty: false }),
                b'/' if bytes.get(at + 1) == Some(&b'>') => {
                    return Some(Self { name, attributes, range: start..at + 2, empty: true });
                }
                _ => {
                    let attribute = Attribute::read(bytes, at)?;
                    at = attribute.value.end + 1;
                    attributes.push(attribute);
                }
            }
        }
    }

    /// The attribute or declaration written with this name.
    pub fn attribute<'a>(&'a self, text: &str, name: &str) -> Option<&'a Attribute> {
        self.attributes.iter().find(|attribute| text.get(attribute.name.clone()) == Some(name))
    }

    /// Where a further attribute can be put, with a space in front of it.
    pub fn end_of_attributes(&self) -> usize {
        self.attributes.last().map_or(self.name.end, |last| last.value.end + 1)
    }
}

impl Attribute {
    fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let name = start..name_end(bytes, start)?;
        let equals = skip_space(bytes, name.end);
        if name.is_empty() || bytes.get(equals) != Some(&b'=') {
            return None;
        }
        let open = skip_space(bytes, equals + 1);
        let quote = *bytes.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
        let length = bytes.get(open + 1..)?.iter().position(|&b| b == quote)?;
        Some(Self { name, value: open + 1..open + 1 + length })
    }
}

/// Text as element content: what would start markup is escaped.
pub fn escape_text(text: &str) -> String {
    escape(text, false)
}

/// Text as an attribute value in either kind of quotes.
pub fn escape_attribute(text: &str) -> String {
    escape(text, true)
}

fn escape(text: &str, attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#xD;"),
            '"' if attribute => escaped.push_str("&quot;"),
            '\'' if attribute => escaped.push_str("&apos;"),
            '\n' if attribute => escaped.push_str("&#xA;"),
            '\t' if attribute => escaped.push_str("&#x9;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn name_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let length = rest.iter().position(|b| matches!(b, b'>' | b'/' | b'=' | b' ' | b'\t' | b'\r' | b'\n'))?;
    Some(start + length)
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_with_every_form_of_quotes_and_space() {
        let text = "x<a:b  c = 'd>\"' xmlns:e=\"f/>\"\n/>y";
        let tag = StartTag::read(text, 1).expect("a tag");
        assert_eq!(&text[tag.name.clone()], "a:b");
        assert_eq!(&text[tag.range.clone()], &text[1..text.len() - 1]);
        assert!(tag.empty);
        let value = |name| &text[tag.attribute(text, name).expect("an attribute").value.clone()];
        assert_eq!(value("c"), "d>\"");
        assert_eq!(value("xmlns:e"), "f/>");
        assert_eq!(&text[..tag.end_of_attributes()], "x<a:b  c = 'd>\"' xmlns:e=\"f/>\"");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[<>/='\" a:\\n]{0,40}") {
            for start in 0..=text.len() {
                let _ = StartTag::read(&text, start);
            }
        }
    }
}
