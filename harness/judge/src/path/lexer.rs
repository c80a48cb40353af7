//! The words of a path, told apart as XPath 1.0 §3.7 wants it.

use crate::gate::chars as names;

/// A word of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word<'p> {
    /// A literal with its quotes.
    Literal(&'p str),
    /// A number without sign.
    Number(&'p str),
    /// `name`, `p:name`, `p:*` or `*` where a name may stand.
    Name(&'p str),
    /// A name before `(`: a function or a node type.
    Call(&'p str),
    /// A name before `::`.
    Axis(&'p str),
    /// Operators and delimiters.
    Sign(&'p str),
}

/// Signs of two characters first.
const SIGNS: [&str; 21] =
    ["//", "..", "!=", "<=", ">=", "/", ".", "@", "|", "+", "-", "=", "<", ">", "*", "(", ")", "[", "]", ",", "::"];

/// Splits a path, or says what it stumbled over.
pub(super) fn words(path: &str) -> Result<Vec<Word<'_>>, String> {
    let mut words = Vec::new();
    let mut rest = path.trim_start();
    while let Some(c) = rest.chars().next() {
        let (word, length) = next(rest, c, words.last())?;
        words.push(word);
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

fn next<'p>(rest: &'p str, c: char, before: Option<&Word<'_>>) -> Result<(Word<'p>, usize), String> {
    let operator_wanted =
        matches!(before, Some(Word::Literal(_) | Word::Number(_) | Word::Name(_) | Word::Sign(")" | "]" | "." | "..")));
    if matches!(c, '"' | '\'') {
        let end = rest[1..].find(c).ok_or("has a text that does not end")?;
        return Ok((Word::Literal(&rest[..end + 2]), end + 2));
    }
    if c == '$' {
        return Err("uses a variable: there are none, write `{{name}}`".into());
    }
    let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    if rest[..number].contains(|c: char| c.is_ascii_digit()) && !rest.starts_with("..") {
        return match rest[..number].matches('.').count() {
            0 | 1 => Ok((Word::Number(&rest[..number]), number)),
            _ => Err(format!("has `{}`, which is no number", &rest[..number])),
        };
    }
    let mut length = names::name_length(rest);
    if operator_wanted {
        if let Some(word) = ["and", "or", "div", "mod"].into_iter().find(|word| *word == &rest[..length]) {
            return Ok((Word::Sign(word), length));
        }
    } else if c == '*' {
        return Ok((Word::Name("*"), 1));
    }
    if length > 0 {
        let after = &rest[length..];
        if after.starts_with(':') && !after.starts_with("::") {
            let local = if after.starts_with(":*") { 1 } else { names::name_length(&after[1..]) };
            length += 1 + local;
        }
        let (name, after) = (&rest[..length], rest[length..].trim_start());
        return Ok(match after {
            _ if after.starts_with("::") => (Word::Axis(name), rest.len() - after.len() + 2),
            _ if after.starts_with('(') => (Word::Call(name), length),
            _ => (Word::Name(name), length),
        });
    }
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
    sign.map(|sign| (Word::Sign(sign), sign.len())).ok_or_else(|| format!("has `{c}` where nothing like it may stand"))
}
