//! Writing XML as text: no white space between elements, and already in exclusive canonical form.
//!
//! What a signature covers is written once and digested as it stands, without reading it back. That holds as long as
//! the caller names attributes in canonical order (namespace declarations first, by prefix; then plain attributes by
//! name, then prefixed ones by namespace) and declares a prefix where it is first used; the tests compare with an
//! independent canonicalisation.

use std::ops::Range;

use super::escape::{escape_attribute, escape_text};

/// Writes one document, or one piece of one, into a growing text.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: String,
    open: Vec<Range<usize>>,
    in_tag: bool,
}

impl Writer {
    /// A writer that expects about `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), open: Vec::with_capacity(16), in_tag: false }
    }

    /// Starts an element; `name` has its prefix.
    pub(crate) fn open(&mut self, name: &str) -> &mut Self {
        self.finish_tag();
        self.text.push('<');
        let start = self.text.len();
        self.text.push_str(name);
        self.open.push(start..self.text.len());
        self.in_tag = true;
        self
    }

    /// Declares a prefix (or, when it is empty, the default namespace) on the element just opened.
    pub(crate) fn namespace(&mut self, prefix: &str, uri: &str) -> &mut Self {
        debug_assert!(self.in_tag, "a namespace belongs into a start tag");
        self.text.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.text.push_str(prefix);
        self.value(uri)
    }

    /// An attribute of the element just opened.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        debug_assert!(self.in_tag, "an attribute belongs into a start tag");
        self.text.push(' ');
        self.text.push_str(name);
        self.value(value)
    }

    /// Character data.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.finish_tag();
        escape_text(text, &mut self.text);
        self
    }

    /// Markup that is already written.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Self {
        self.finish_tag();
        self.text.push_str(markup);
        self
    }

    /// Ends the innermost element.
    pub(crate) fn close(&mut self) -> &mut Self {
        self.finish_tag();
        if let Some(name) = self.open.pop() {
            self.text.push_str("</");
            self.text.extend_from_within(name);
            self.text.push('>');
        }
        self
    }

    /// An element that holds text only.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) -> &mut Self {
        self.open(name).text(text).close()
    }

    /// Where the next child would start: what has been opened is closed with `>` first.
    pub(crate) fn position(&mut self) -> usize {
        self.finish_tag();
        self.text.len()
    }

    /// The whole text; every element must have been closed.
    pub(crate) fn finish(self) -> String {
        debug_assert!(self.open.is_empty(), "an element was left open");
        self.text
    }

    fn value(&mut self, value: &str) -> &mut Self {
        self.text.push_str("=\"");
        escape_attribute(value, &mut self.text);
        self.text.push('"');
        self
    }

    fn finish_tag(&mut self) {
        if self.in_tag {
            self.text.push('>');
            self.in_tag = false;
        }
    }
}

/// Appends octets as hexadecimal digits: ids are made of them, and formatting each by itself took longer than drawing it.
pub(crate) fn push_hex(octets: &[u8], out: &mut String) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for octet in octets {
        out.push(DIGITS[usize::from(octet >> 4)]);
        out.push(DIGITS[usize::from(octet & 0x0f)]);
    }
}

/// Appends a number with at least so many digits.
pub(crate) fn push_number(number: u32, width: u32, out: &mut String) {
    for place in (0..width.max(number.checked_ilog10().map_or(1, |log| log + 1))).rev() {
        out.push(char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_close_in_the_order_they_were_opened() {
        let mut writer = Writer::with_capacity(64);
        writer.open("a").namespace("", "urn:a").attribute("x", "1").open("b:c").close().leaf("d", "e").close();
        assert_eq!(writer.finish(), r#"<a xmlns="urn:a" x="1"><b:c></b:c><d>e</d></a>"#);
    }

    #[test]
    fn text_and_attributes_are_escaped_as_canonical_xml_does() {
        let mut writer = Writer::default();
        writer.open("a").attribute("x", "<\"&\t\n\r>").text("<\"&\t\n\r>").close();
        assert_eq!(writer.finish(), "<a x=\"&lt;&quot;&amp;&#x9;&#xA;&#xD;>\">&lt;\"&amp;\t\n&#xD;&gt;</a>");
    }

    #[test]
    fn numbers_have_as_many_digits_as_they_need_and_no_fewer_than_asked() {
        let written = |number, width| {
            let mut text = String::new();
            push_number(number, width, &mut text);
            text
        };
        assert_eq!([written(0, 1), written(7, 3), written(2026, 4), written(12345, 2)], ["0", "007", "2026", "12345"]);
    }

    #[test]
    fn octets_become_two_digits_each() {
        let mut text = String::from("_");
        push_hex(&[0, 0x0a, 0xf5], &mut text);
        assert_eq!(text, "_000af5");
    }

    #[test]
    fn a_position_lies_behind_the_start_tag() {
        let mut writer = Writer::default();
        writer.open("a");
        assert_eq!(writer.position(), 3);
    }
}
