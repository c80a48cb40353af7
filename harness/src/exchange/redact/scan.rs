//! Finds elements in bytes that may be XML, half of it, or something else.

use std::ops::Range;

use base64::Engine as _;

use super::ELEMENTS;

/// The content of an element that holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// Which of [`ELEMENTS`].
    pub(super) element: usize,
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// The secret: without white space around or, in codes, in it, and with references resolved.
    pub(super) secret: String,
}

/// Every content of a secret element, in order and without overlap.
pub(super) fn contents(bytes: &[u8]) -> Vec<Content> {
    let mut contents = Vec::new();
    let mut at = 0;
    while let Some(open) = find(&bytes[at..], b"<") {
        let start = at + open + 1;
        at = start;
        let Some(element) = element_at(&bytes[start..]) else { continue };
        let Some(end_of_tag) = tag_end(bytes, start) else { break };
        at = end_of_tag;
        if bytes[end_of_tag - 2] == b'/' {
            continue;
        }
        let length = find(&bytes[end_of_tag..], b"</").unwrap_or(bytes.len() - end_of_tag);
        let range = end_of_tag..end_of_tag + length;
        let secret = secret(&bytes[range.clone()], element);
        at = range.end;
        if !secret.is_empty() {
            contents.push(Content { element, range, secret });
        }
    }
    contents
}

/// The pseudonym with the white space that its secret had in the message.
pub(super) fn spaced(pseudonym: &str, written: &[u8], secret: &str) -> String {
    let written = String::from_utf8_lossy(written);
    let bare: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    if bare != secret.chars().filter(|c| !c.is_whitespace()).collect::<String>() {
        return pseudonym.to_owned(); // it was written with references or comments: only the secret counts
    }
    let mut letters = pseudonym.chars().filter(|c| !c.is_whitespace());
    let spaced: String =
        written.chars().filter_map(|c| if c.is_whitespace() { Some(c) } else { letters.next() }).collect();
    spaced + &letters.collect::<String>()
}

/// The text of a message in UTF-16, which is the only encoding in use in which ASCII does not look like ASCII.
pub(super) fn text_of(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, b'<', ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

/// Text in the kind of UTF-16 that `like` is in.
pub(super) fn widen(text: &str, like: &[u8]) -> Vec<u8> {
    let bytes: fn(u16) -> [u8; 2] =
        if matches!(like, [0xff, 0xfe, ..] | [b'<', 0, ..]) { u16::to_le_bytes } else { u16::to_be_bytes };
    text.encode_utf16().flat_map(bytes).collect()
}

/// Replaces every occurrence.
pub(super) fn replace_all(bytes: &mut Vec<u8>, what: &[u8], with: &[u8]) {
    let Some(first) = find(bytes, what) else { return };
    let mut clean = bytes[..first].to_vec();
    let mut at = first;
    while let Some(next) = find(&bytes[at..], what) {
        clean.extend_from_slice(&bytes[at..at + next]);
        clean.extend_from_slice(with);
        at += next + what.len();
    }
    clean.extend_from_slice(&bytes[at..]);
    *bytes = clean;
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let (&first, rest) = what.split_first()?;
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|&byte| byte == first) {
        if bytes[at + next + 1..].starts_with(rest) {
            return Some(at + next);
        }
        at += next + 1;
    }
    None
}

/// Which secret element starts here, with or without a prefix.
fn element_at(bytes: &[u8]) -> Option<usize> {
    let length = bytes.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'))?;
    let name = &bytes[..length.min(200)];
    let local = name.rsplit(|&b| b == b':').next()?;
    ELEMENTS.iter().position(|(element, _)| element.as_bytes() == local)
}

fn tag_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut quote = None;
    for (index, &byte) in bytes[start..].iter().enumerate() {
        match quote {
            Some(open) if open == byte => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if byte == b'>' => return Some(start + index + 1),
            _ => {}
        }
    }
    None
}

fn secret(bytes: &[u8], element: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(['&', '<']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let (put, length) = one(from);
        plain.push_str(&put);
        rest = &from[length..];
    }
    plain.push_str(rest);
    match ELEMENTS[element].1 {
        super::Shape::Code if plain.split_whitespace().count() > 1 => {
            let bare: String = plain.split_whitespace().collect();
            let code = base64::engine::general_purpose::STANDARD.decode(&bare).is_ok();
            if code { bare } else { plain.trim().to_owned() }
        }
        _ => plain.trim().to_owned(),
    }
}

/// A reference, a CDATA section or a comment: what it stands for, and how long it is.
fn one(from: &str) -> (String, usize) {
    if let Some(data) = from.strip_prefix("<![CDATA[") {
        let length = data.find("]]>").unwrap_or(data.len());
        return (data[..length].to_owned(), (9 + length + 3).min(from.len()));
    }
    if from.starts_with("<!--") {
        return (String::new(), from.find("-->").map_or(from.len(), |end| end + 3));
    }
    let Some(end) = from.find(';').filter(|&end| from.starts_with('&') && end < 12) else {
        return (from[..1].to_owned(), 1);
    };
    let name = &from[1..end];
    let number = name.strip_prefix("#x").map_or_else(
        || name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
        |digits| u32::from_str_radix(digits, 16).ok(),
    );
    let c = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => number.and_then(char::from_u32),
    };
    c.map_or_else(|| (from[..1].to_owned(), 1), |c| (c.to_string(), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        contents(text.as_bytes()).into_iter().map(|content| content.secret).collect()
    }

    #[test]
    fn secrets_are_found_by_element_in_whole_and_in_broken_messages() {
        assert_eq!(
            found("<a><w:Password Type='x>y'>p&amp;q&#x72;</w:Password><Nonce>AA\n==</Nonce></a>"),
            ["p&qr", "AA=="]
        );
        assert_eq!(found("<html><br><Password>half"), ["half"]);
        assert_eq!(found("<Password><![CDATA[se]]>c<!-- x -->ret</Password>"), ["secret"]);
        assert_eq!(found("<Password/><w:Password/>x<PasswordHint>no</PasswordHint><Passwor"), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_scanner_panic(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "<", ">", "</", "Password", "w:Nonce", "&", "&#x41;", ";", "\"", "'", "/>", "<![CDATA[", "]]>", "<!--", "ä", " ",
            ]), 0..30),
            noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..10),
        ) {
            let bytes = [pieces.concat().into_bytes(), noise].concat();
            let _ = (contents(&bytes), text_of(&bytes));
        }
    }
}
