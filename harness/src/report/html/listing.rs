//! A message laid out for reading: tags on lines of their own, long base64 shortened, and the nodes that findings are
//! about marked. It has to take whatever a target sends, so that it knows tags but no tree.

mod pieces;

use std::ops::Range;

use stsproof_judge::gate::{self, Limits};

use self::pieces::{Kind, declaration, pieces, words};
use super::markup::Markup;
use crate::report::steers;
use crate::verdict::{Position, Verdict};

/// A node to mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its first character.
    pub(super) from: Position,
    /// The character after its last.
    pub(super) to: Position,
    /// What is said about it.
    pub(super) verdict: Verdict,
    /// The number of the finding that says it.
    pub(super) number: usize,
}

impl Mark {
    /// The same in a text within which that of the mark begins at `base`.
    pub(super) fn moved(self, base: Position) -> Self {
        let moved = |at: Position| match at.line {
            1 => Position { line: base.line, column: base.column + at.column.saturating_sub(1) },
            line => Position { line: base.line + line - 1, column: at.column },
        };
        Self { from: moved(self.from), to: moved(self.to), ..self }
    }
}

/// More of a message than this is not shown.
const SHOWN: usize = 192 << 10;
/// What is left of a long run of base64: its ends.
const ENDS: (usize, usize) = (56, 12);
/// Deeper elements are not indented further.
const DEEPEST: usize = 16;

/// Lays out a body as it was received.
pub(super) fn listing(body: &[u8], charset: Option<&str>, marks: &[Mark]) -> Markup {
    let text = readable(body, charset);
    let mut end = text.len().min(SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let shown = &text[..end];
    let mut writer = Writer {
        text: shown,
        marks: ranges(shown, marks),
        next: 0,
        open: Vec::new(),
        fence: usize::MAX,
        out: Markup::new(),
    };
    writer.document();
    if end < text.len() {
        let rest = text.len() - end;
        writer.out.put("\n<em>… {} more bytes, which are in the JSON report</em>", &[&rest]);
    }
    writer.out
}

/// Bytes as text; what is no UTF-8 is decoded as the judge does it, and else as well as can be.
fn readable(body: &[u8], charset: Option<&str>) -> String {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => gate::admit(body, charset, &Limits::default())
            .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |admitted| admitted.text),
    }
}

/// Where marks stand in a text, in the order in which they open.
fn ranges<'m>(text: &str, marks: &'m [Mark]) -> Vec<(Range<usize>, &'m Mark)> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let offset = |at: Position| {
        let start = *starts.get(at.line.checked_sub(1)?)?;
        let line = text[start..].split('\n').next().unwrap_or_default();
        let column = at.column.checked_sub(1)?;
        let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        Some(start + ends.take(column + 1).last().unwrap_or(0))
    };
    let mut ranges: Vec<_> = marks
        .iter()
        .filter_map(|mark| Some((offset(mark.from)?..offset(mark.to)?, mark)))
        .filter(|(range, _)| !range.is_empty())
        .collect();
    ranges.sort_by_key(|(range, mark)| (range.start, std::cmp::Reverse(range.end), mark.number));
    ranges
}

struct Writer<'t> {
    text: &'t str,
    marks: Vec<(Range<usize>, &'t Mark)>,
    /// The first mark that has not been opened yet.
    next: usize,
    /// Where the open marks end, from the outside in.
    open: Vec<usize>,
    /// What is opened now has to be closed before this byte.
    fence: usize,
    out: Markup,
}

impl Writer<'_> {
    fn document(&mut self) {
        let pieces = pieces(self.text);
        let mut depth: usize = 0;
        let mut before = None;
        for (index, (kind, range)) in pieces.iter().cloned().enumerate() {
            let after = pieces.get(index + 1).map(|(kind, _)| *kind);
            let is_content = before == Some(Kind::Start) && after == Some(Kind::End);
            if kind == Kind::Blank && !is_content {
                continue; // The layout takes its place.
            }
            if kind == Kind::End {
                depth = depth.saturating_sub(1);
            }
            let is_text = |kind| matches!(kind, Kind::Text | Kind::Blank);
            let leaf = before == Some(Kind::Start) && kind == Kind::End;
            if before.is_some_and(|before| !is_text(before)) && !is_text(kind) && !leaf {
                self.close(range.start);
                self.out.put("\n", &[]);
                (0..depth.min(DEEPEST)).for_each(|_| self.out.put("  ", &[]));
            }
            match kind {
                Kind::Start | Kind::Empty | Kind::End => self.tag(range),
                Kind::Text | Kind::Blank | Kind::Other => self.run(range),
            }
            if kind == Kind::Start {
                depth += 1;
            }
            before = Some(kind);
        }
        self.close(usize::MAX);
    }

    /// A tag. Its namespace declarations are told apart: nobody reads them twice.
    fn tag(&mut self, range: Range<usize>) {
        self.up_to(range.start);
        self.close(range.end - 1); // What would end within the tag is no node.
        let outside = self.open.len();
        self.out.put("<i>", &[]);
        self.fence = range.end;
        let mut at = range.start;
        while let Some(declaration) = declaration(&self.text[at..range.end]) {
            let declaration = at + declaration.start..at + declaration.end;
            self.inside_tag(at..declaration.start);
            self.up_to(declaration.start);
            self.out.put("<u>", &[]);
            self.run(declaration.clone());
            self.out.put("</u>", &[]);
            at = declaration.end;
        }
        self.inside_tag(at..range.end);
        self.fence = usize::MAX;
        while self.open.len() > outside {
            self.open.pop();
            self.out.put("</mark>", &[]);
        }
        self.out.put("</i>", &[]);
        self.close(range.end);
    }

    /// A piece of a tag without a namespace declaration: its attributes may be marked.
    fn inside_tag(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            self.up_to(at);
            let opens = self.marks.get(self.next).map_or(range.end, |(mark, _)| mark.start);
            let closes = self.open.last().copied().unwrap_or(range.end);
            let until = opens.min(closes).min(range.end);
            self.run(at..until);
            at = until;
        }
    }

    /// Characters without a tag among them.
    fn run(&mut self, range: Range<usize>) {
        self.up_to(range.start);
        for (word, long) in words(&self.text[range]) {
            if long {
                self.characters(&word[..ENDS.0]);
                self.out.put("<em>… {} more …</em>", &[&(word.len() - ENDS.0 - ENDS.1)]);
                self.characters(&word[word.len() - ENDS.1..]);
            } else {
                self.characters(word);
            }
        }
    }

    fn characters(&mut self, text: &str) {
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' | '\t' => self.out.character(character),
                // What cannot be seen has a picture of its own.
                '\u{0}'..='\u{1f}' => {
                    let picture = char::from_u32(0x2400 + u32::from(character));
                    self.out.character(picture.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other if steers(other) => self.out.character(char::REPLACEMENT_CHARACTER),
                other => self.out.character(other),
            }
        }
    }

    /// Closes the marks that end before a byte and opens those that begin.
    fn up_to(&mut self, at: usize) {
        self.close(at);
        while let Some((range, mark)) = self.marks.get(self.next).filter(|(range, _)| range.start <= at).cloned() {
            self.next += 1;
            // Nodes never overlap, but a report that was tampered with may say so.
            let end = range.end.min(self.fence).min(self.open.last().copied().unwrap_or(usize::MAX));
            if end > at {
                self.out.put("<mark class=\"{}\"><b>{}</b>", &[&mark.verdict, &mark.number]);
                self.open.push(end);
            }
        }
    }

    fn close(&mut self, at: usize) {
        while self.open.last().is_some_and(|end| *end <= at) {
            self.open.pop();
            self.out.put("</mark>", &[]);
        }
    }
}

#[cfg(test)]
mod tests;
