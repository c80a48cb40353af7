//! The attributes of a start tag as they are written, by their ranges in the text.

use std::ops::Range;

use super::chars::is_space;

/// One attribute: where its name, its value without quotes, and the whole of it stand.
pub(crate) struct Written {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
    pub(crate) whole: Range<usize>,
}

/// The attributes between the name of a tag and its end. Stops at the first error: its offset and cause.
pub(crate) fn attributes(text: &str, from: usize, to: usize) -> Attributes<'_> {
    Attributes { bytes: text.as_bytes(), at: from, end: to.min(text.len()) }
}

/// The iterator of [`attributes`].
pub(crate) struct Attributes<'t> {
    bytes: &'t [u8],
    at: usize,
    end: usize,
}

impl Iterator for Attributes<'_> {
    type Item = Result<Written, (usize, &'static str)>;

    fn next(&mut self) -> Option<Self::Item> {
        let spaces = self.skip(is_space);
        if self.at >= self.end {
            return None;
        }
        let read =
            if spaces == 0 { Err((self.at, "white space is missing before this attribute")) } else { self.read() };
        if read.is_err() {
            self.at = self.end;
        }
        Some(read)
    }
}

impl Attributes<'_> {
    fn read(&mut self) -> Result<Written, (usize, &'static str)> {
        let start = self.at;
        self.skip(|byte| !is_space(byte) && !matches!(byte, b'=' | b'"' | b'\'' | b'<' | b'>' | b'/'));
        let name = start..self.at;
        if name.is_empty() {
            return Err((start, "an attribute's name is expected here"));
        }
        self.skip(is_space);
        if self.peek() != Some(b'=') {
            return Err((self.at, "this attribute has no value"));
        }
        self.at += 1;
        self.skip(is_space);
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''));
        let quote = quote.ok_or((self.at, "an attribute's value stands in quotes"))?;
        self.at += 1;
        let begin = self.at;
        self.skip(|byte| byte != quote);
        if self.peek() != Some(quote) {
            return Err((begin, "this attribute's value does not end"));
        }
        let value = begin..self.at;
        self.at += 1;
        Ok(Written { name, value, whole: start..self.at })
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = &self.bytes[self.at.min(self.end)..self.end];
        let length = rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        length
    }

    fn peek(&self) -> Option<u8> {
        self.bytes[..self.end].get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none("", Ok(vec![]))]
    #[case::spaced(" a = 'x'\n\tb:c=\"y'\" ", Ok(vec!["a = 'x'", "b:c=\"y'\""]))]
    #[case::glued(" a='x'b='y'", Err(6))]
    #[case::without_value(" a", Err(2))]
    #[case::without_quotes(" a=x", Err(3))]
    #[case::endless(" a='x", Err(4))]
    #[case::slash(" / ", Err(1))]
    fn attributes_keep_their_ranges(#[case] tag: &str, #[case] expected: Result<Vec<&str>, usize>) {
        let got: Result<Vec<&str>, usize> = attributes(tag, 0, tag.len())
            .map(|each| each.map(|written| &tag[written.whole]).map_err(|(at, _)| at))
            .collect();
        assert_eq!(got, expected);
    }
}
