//! In which encoding a message is, and whether everything that says so agrees.

use std::borrow::Cow;

use super::gate::Flaw;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

/// The byte order mark outranks the media type's parameter, and nothing may contradict what the octets show.
pub(super) fn decode<'a>(octets: &'a [u8], charset: Option<&str>) -> Result<(Cow<'a, str>, Encoding), Flaw> {
    let (rest, encoding, big_endian) = match octets {
        [0x00, 0x00, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0x00, 0x00, ..] => return Err(Flaw::Encoding),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (rest, Encoding::Utf8, false),
        [0xFE, 0xFF, rest @ ..] => (rest, Encoding::Utf16, true),
        [0xFF, 0xFE, rest @ ..] => (rest, Encoding::Utf16, false),
        // Without a mark UTF-16 is believed only where the media type says so.
        [0x00, b'<', ..] if is_charset(charset, "utf-16be") => (octets, Encoding::Utf16, true),
        [b'<', 0x00, ..] if is_charset(charset, "utf-16le") => (octets, Encoding::Utf16, false),
        _ => (octets, Encoding::Utf8, false),
    };
    let named = match charset {
        None => encoding,
        Some(name) if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8") => Encoding::Utf8,
        Some(name) if ["utf-16", "utf-16le", "utf-16be"].iter().any(|known| name.eq_ignore_ascii_case(known)) => {
            Encoding::Utf16
        }
        Some(_) => return Err(Flaw::Encoding),
    };
    if named != encoding {
        return Err(Flaw::EncodingLie);
    }
    match encoding {
        Encoding::Utf8 => {
            let text = std::str::from_utf8(rest).map_err(|_| Flaw::EncodingLie)?;
            Ok((Cow::Borrowed(text), encoding))
        }
        Encoding::Utf16 => {
            let (pairs, []) = rest.as_chunks::<2>() else { return Err(Flaw::EncodingLie) };
            let units =
                pairs.iter().map(|pair| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
            let text: Result<String, _> = char::decode_utf16(units).collect();
            Ok((Cow::Owned(text.map_err(|_| Flaw::EncodingLie)?), encoding))
        }
    }
}

fn is_charset(charset: Option<&str>, name: &str) -> bool {
    charset.is_some_and(|charset| charset.eq_ignore_ascii_case(name))
}

/// Reads an XML declaration, if there is one, and says where it ends.
pub(super) fn declaration(text: &str, encoding: Encoding) -> Result<usize, Flaw> {
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n'])) else {
        return Ok(0);
    };
    let (inside, _) = rest.split_once("?>").ok_or(Flaw::Declaration)?;
    let mut rest = inside;
    let mut named = Vec::with_capacity(3);
    while let Some(pseudo) = pseudo_attribute(&mut rest)? {
        named.push(pseudo);
    }
    let mut named = named.into_iter().peekable();
    if named.next() != Some(("version", "1.0")) {
        return Err(Flaw::Declaration);
    }
    if let Some((_, name)) = named.next_if(|(name, _)| *name == "encoding") {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        let honest = match encoding {
            Encoding::Utf8 => is("utf-8"),
            Encoding::Utf16 => is("utf-16") || is("utf-16le") || is("utf-16be"),
        };
        if !honest {
            let known = is("utf-8") || is("utf-16") || is("utf-16le") || is("utf-16be");
            return Err(if known { Flaw::EncodingLie } else { Flaw::Encoding });
        }
    }
    named.next_if(|(name, value)| *name == "standalone" && matches!(*value, "yes" | "no"));
    if named.next().is_some() {
        return Err(Flaw::Declaration);
    }
    Ok("<?xml".len() + inside.len() + "?>".len())
}

/// Takes one `name="value"` off the front; white space must stand before it.
fn pseudo_attribute<'a>(rest: &mut &'a str) -> Result<Option<(&'a str, &'a str)>, Flaw> {
    const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
    let trimmed = rest.trim_start_matches(SPACE);
    if trimmed.is_empty() {
        return Ok(None);
    }
    if trimmed.len() == rest.len() {
        return Err(Flaw::Declaration);
    }
    let (name, after) = trimmed.split_once('=').ok_or(Flaw::Declaration)?;
    let after = after.trim_start_matches(SPACE);
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or(Flaw::Declaration)?;
    let (value, after) = after[1..].split_once(quote).ok_or(Flaw::Declaration)?;
    *rest = after;
    Ok(Some((name.trim_end_matches(SPACE), value)))
}
