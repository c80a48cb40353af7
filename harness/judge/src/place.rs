//! Where something stands in a text, as people count: lines and columns from one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A position in a text. Columns count characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text. Costs a walk over the text: for many places of one text use [`Lines`].
    pub fn of(text: &str, offset: usize) -> Self {
        let before = head(text, offset);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count();
        Self { line, column: 1 + before[start..].chars().count() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Where the lines of a text begin, so that each further place costs a binary search.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines of a text.
    pub fn of(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1).collect();
        Self { starts }
    }

    /// The place of a byte of the same text.
    pub fn place(&self, text: &str, offset: usize) -> Place {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = line.checked_sub(1).map_or(0, |before| self.starts[before]);
        let column = 1 + head(text, offset).get(start..).map_or(0, |part| part.chars().count());
        Place { line: line + 1, column }
    }

    /// The lines as they are after single bytes have been taken out of the text, given in ascending order.
    pub(crate) fn without(mut self, taken: &[usize]) -> Self {
        let mut passed = 0;
        for start in &mut self.starts {
            while taken.get(passed).is_some_and(|at| at < start) {
                passed += 1;
            }
            *start -= passed;
        }
        self
    }
}

/// The text before a byte, or before the character that the byte is part of.
fn head(text: &str, offset: usize) -> &str {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_counting_agree_at_every_byte() {
        let text = "a\n\u{e4}b\r\n\nc";
        let lines = Lines::of(text);
        for offset in 0..=text.len() + 3 {
            assert_eq!(lines.place(text, offset), Place::of(text, offset), "at {offset}");
        }
        assert_eq!(Place::of(text, 4), Place { line: 2, column: 2 }, "a letter of two bytes is one column");
    }
}
