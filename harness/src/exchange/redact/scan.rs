//! Finds elements in bytes that may be XML, half of it, or something else.

use std::ops::Range;

use base64::Engine as _;

use super::pseudonym::Shape;
use super::{ELEMENTS, NOT_SOUGHT, READABLE};

/// The content of an element that holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// What its pseudonym must be like.
    pub(super) shape: Shape,
    /// Whether it may stand elsewhere too, and is to be looked for there.
    pub(super) sought: bool,
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// The secret: without white space around or, in codes, in it, and with references resolved.
    pub(super) secret: String,
}

/// Texts of an issued token that are shorter than this name somebody or something.
const SHORTEST_TOKEN: usize = 16;

/// Every content of a secret element, in order and without overlap.
pub(super) fn contents(bytes: &[u8]) -> Vec<Content> {
    let mut contents = Vec::new();
    let mut at = 0;
    while let Some(open) = find(&bytes[at..], b"<") {
        let start = at + open + 1;
        at = start;
        let Some(local) = local_name(&bytes[start..]) else { continue };
        let secret = match local {
            b"BinarySecurityToken" => Some((Shape::Code, true)),
            b"RequestedSecurityToken" => None,
            _ => match ELEMENTS.iter().find(|(element, _)| element.as_bytes() == local) {
                Some((element, shape)) => Some((*shape, *element != NOT_SOUGHT)),
                None => continue,
            },
        };
        let Some(end_of_tag) = tag_end(bytes, start) else { break };
        at = end_of_tag;
        if bytes[end_of_tag - 2] == b'/' || (local == b"BinarySecurityToken" && is_public(&bytes[start..end_of_tag])) {
            continue;
        }
        match secret {
            Some((shape, sought)) => {
                let range = end_of_tag..content_end(bytes, end_of_tag);
                at = range.end;
                contents.extend(content(bytes, range, shape, sought));
            }
            None if is_readable(&bytes[end_of_tag..]) => {}
            None => {
                let end = end_tag(&bytes[end_of_tag..], local).map_or(bytes.len(), |length| end_of_tag + length);
                contents.extend(texts(bytes, end_of_tag..end));
                at = end;
            }
        }
    }
    contents
}

fn content(bytes: &[u8], range: Range<usize>, shape: Shape, sought: bool) -> Option<Content> {
    let secret = secret(&bytes[range.clone()], shape);
    (!secret.is_empty()).then_some(Content { shape, sought, range, secret })
}

/// A certificate says who somebody is, and proves nothing without the key.
fn is_public(tag: &[u8]) -> bool {
    [&b"#X509"[..], b"#PKCS7"].iter().any(|kind| find(tag, kind).is_some())
}

/// Whether an issued token is of a kind whose secret parts are known. A JSON Web Token, a ticket or what a product has
/// made up may be usable as it stands.
fn is_readable(inside: &[u8]) -> bool {
    let first = inside.trim_ascii_start();
    let name = first.strip_prefix(b"<").and_then(local_name);
    name.is_some_and(|name| READABLE.iter().any(|known| known.as_bytes() == name))
}

/// Every text within a piece of markup.
fn texts(bytes: &[u8], within: Range<usize>) -> Vec<Content> {
    let mut texts = Vec::new();
    let mut at = within.start;
    while at < within.end {
        if bytes[at] == b'<' && !bytes[at..].starts_with(b"<![CDATA[") {
            at = tag_end(bytes, at + 1).unwrap_or(within.end);
            continue;
        }
        let end = text_end(bytes, at).min(within.end);
        let sought = end - at >= SHORTEST_TOKEN;
        texts.extend(content(bytes, at..end, Shape::Code, sought));
        at = end.max(at + 1);
    }
    texts
}

/// Where the content of an element without elements in it ends: at the next end tag that is none of its data.
fn content_end(bytes: &[u8], from: usize) -> usize {
    skipping(bytes, from, b"</")
}

/// Where a text ends: at the next tag.
fn text_end(bytes: &[u8], from: usize) -> usize {
    skipping(bytes, from, b"<")
}

fn skipping(bytes: &[u8], from: usize, stop: &[u8]) -> usize {
    let mut at = from;
    while let Some(next) = find(&bytes[at..], b"<").map(|next| at + next) {
        let rest = &bytes[next..];
        let data = [(&b"<![CDATA["[..], &b"]]>"[..]), (b"<!--", b"-->")];
        match data.iter().find(|(begin, _)| rest.starts_with(begin)) {
            Some((_, end)) => match find(rest, end) {
                Some(length) => at = next + length + end.len(),
                None => return bytes.len(),
            },
            None if rest.starts_with(stop) => return next,
            None => at = next + 1,
        }
    }
    bytes.len()
}

/// How far it is to the end tag of an element.
fn end_tag(bytes: &[u8], local: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let next = at + find(&bytes[at..], b"</")?;
        if local_name(&bytes[next + 2..]) == Some(local) {
            return Some(next);
        }
        at = next + 2;
    }
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

/// The local name of the element that starts here.
fn local_name(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'))?;
    bytes[..length.min(200)].rsplit(|&b| b == b':').next()
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

fn secret(bytes: &[u8], shape: Shape) -> String {
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
    match shape {
        Shape::Code if plain.split_whitespace().count() > 1 => {
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
        assert_eq!(found("<Password><![CDATA[a</b]]></Password><x>y</x>"), ["a</b"]);
        assert_eq!(found("<Password/><w:Password/>x<PasswordHint>no</PasswordHint><Passwor"), [""; 0]);
    }

    #[test]
    fn a_token_that_can_be_used_as_it_stands_is_a_secret_and_a_certificate_is_none() {
        let answer =
            |token: &str| format!("<t:RequestedSecurityToken a='b'>\n {token}</t:RequestedSecurityToken><x>y</x>");
        let binary =
            |kind: &str| format!("<w:BinarySecurityToken ValueType='{kind}'>eyJhbGciOi.J9.x</w:BinarySecurityToken>");
        assert_eq!(found(&answer(&binary("urn:ietf:params:oauth:token-type:jwt"))), ["eyJhbGciOi.J9.x"]);
        assert_eq!(found(&binary("urn:x#Kerberosv5_AP_REQ")), ["eyJhbGciOi.J9.x"], "in a request, too");
        assert_eq!(found(&answer(&binary("urn:x#X509v3"))), [""; 0]);
        assert_eq!(found(&answer("<q:Ticket><q:A>one</q:A> <q:B c='d'>two</q:B></q:Ticket>")), ["one", "two"]);
        assert_eq!(found(&answer("eyJhbGciOi.J9.x")), ["eyJhbGciOi.J9.x"]);
        assert_eq!(found(&answer("<a:Assertion><a:NameID>alice</a:NameID></a:Assertion>")), [""; 0]);
        assert_eq!(found("<t:RequestedSecurityToken><q:Half>half a secret"), ["half a secret"]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_scanner_panic(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "<", ">", "</", "Password", "w:Nonce", "RequestedSecurityToken", "w:BinarySecurityToken", "&", "&#x41;", ";", "\"", "'", "/>", "<![CDATA[", "]]>", "<!--", "ä", " ",
            ]), 0..30),
            noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..10),
        ) {
            let bytes = [pieces.concat().into_bytes(), noise].concat();
            let _ = (contents(&bytes), text_of(&bytes));
        }
    }
}
