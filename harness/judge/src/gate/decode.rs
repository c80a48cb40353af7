//! Bytes to text: finds the encoding, and refuses a document whose signs of it contradict each other.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::Encoding;

use super::chars;
use super::refusal::{Reason, Refusal};
use super::tag;

/// A document as text.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: &'static str,
    pub(super) declared: Option<String>,
}

/// Reads bytes by their byte order mark, else by the given charset, else by their own declaration, else as UTF-8.
pub(super) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Result<Decoded<'a>, Refusal> {
    let marked = byte_order_mark(bytes)?;
    let named = charset.map(|label| Codec::named(label).ok_or_else(|| unknown(label))).transpose()?;
    let (codec, body, from_charset) = match (marked, named) {
        (Some((codec, _)), Some(named)) if !named.agrees_with(codec) => {
            let detail = format!("the byte order mark says {}, the Content-Type {}", codec.name(), named.name());
            return Err(Refusal::whole(Reason::LyingEncoding, detail));
        }
        (Some((codec, length)), _) => (codec, &bytes[length..], false),
        (None, Some(named)) => (named.with_order_of(bytes), bytes, true),
        (None, None) => (sniff(bytes)?, bytes, false),
    };
    let text = codec.decode(body)?;
    if let Some((at, c)) = chars::first_illegal(&text) {
        let detail = format!("the character U+{:04X} must not occur in XML", u32::from(c));
        return Err(Refusal::at(Reason::IllegalCharacter, &text, at, detail));
    }
    let Some(declared) = declared_encoding(&text)? else {
        if marked.is_none() && !from_charset && matches!(codec, Codec::Utf16(_)) {
            return Err(Refusal::whole(Reason::LyingEncoding, "UTF-16 without byte order mark or declaration"));
        }
        return Ok(Decoded { text, encoding: codec.name(), declared: None });
    };
    let label = text[declared.clone()].to_owned();
    let claimed = Codec::named(&label);
    if !from_charset {
        match claimed {
            None => return Err(unknown(&label)),
            Some(claimed) if !claimed.agrees_with(codec) => {
                let detail = format!("the declaration says {label}, but the bytes are {}", codec.name());
                return Err(Refusal::at(Reason::LyingEncoding, &text, declared.start, detail));
            }
            Some(_) => {}
        }
    }
    let text = if claimed == Some(Codec::Utf8) { text } else { Cow::Owned(declare_utf8(&text, declared)) };
    Ok(Decoded { text, encoding: codec.name(), declared: Some(label) })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
    /// "UTF-16" leaves it to the byte order mark.
    Unsaid,
}

#[derive(Clone, Copy, PartialEq)]
enum Codec {
    Utf8,
    Utf16(Order),
    Latin1,
    Ascii,
    Other(&'static Encoding),
}

impl Codec {
    fn named(label: &str) -> Option<Self> {
        let label = label.trim().trim_matches(['"', '\'']);
        match label.to_ascii_lowercase().as_str() {
            "utf-16" => Some(Self::Utf16(Order::Unsaid)),
            "utf-16le" => Some(Self::Utf16(Order::Little)),
            "utf-16be" => Some(Self::Utf16(Order::Big)),
            // The table of browsers reads these as windows-1252, which is another encoding.
            "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "latin1" | "l1" => Some(Self::Latin1),
            "us-ascii" | "ascii" | "iso646-us" | "ansi_x3.4-1968" => Some(Self::Ascii),
            other => Encoding::for_label_no_replacement(other.as_bytes()).and_then(Self::admitted),
        }
    }

    fn admitted(encoding: &'static Encoding) -> Option<Self> {
        if encoding == encoding_rs::UTF_8 {
            return Some(Self::Utf8);
        }
        // Neither stateful encodings, in which ASCII bytes change their meaning, nor loose names of UTF-16.
        let shunned = !encoding.is_ascii_compatible() || encoding == encoding_rs::X_USER_DEFINED;
        (!shunned).then_some(Self::Other(encoding))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16(Order::Little) => "UTF-16LE",
            Self::Utf16(Order::Big) => "UTF-16BE",
            Self::Utf16(Order::Unsaid) => "UTF-16",
            Self::Latin1 => "ISO-8859-1",
            Self::Ascii => "US-ASCII",
            Self::Other(encoding) => encoding.name(),
        }
    }

    fn agrees_with(self, actual: Self) -> bool {
        self == actual || matches!((self, actual), (Self::Utf16(Order::Unsaid), Self::Utf16(_)))
    }

    fn with_order_of(self, bytes: &[u8]) -> Self {
        match (self, bytes) {
            (Self::Utf16(Order::Unsaid), [b'<', 0, ..]) => Self::Utf16(Order::Little),
            (Self::Utf16(Order::Unsaid), _) => Self::Utf16(Order::Big),
            (codec, _) => codec,
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => {
                    let (good, _) = bytes.split_at(error.valid_up_to());
                    let good = String::from_utf8_lossy(good);
                    Err(Refusal::at(Reason::BadBytes, &good, good.len(), "the bytes here are not UTF-8"))
                }
            },
            Self::Latin1 => Ok(encoding_rs::mem::decode_latin1(bytes)),
            Self::Ascii => std::str::from_utf8(bytes)
                .ok()
                .filter(|text| text.is_ascii())
                .map(Cow::Borrowed)
                .ok_or_else(|| self.undecodable()),
            Self::Utf16(order) => {
                let encoding = if order == Order::Little { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
                self.by_table(encoding, bytes)
            }
            Self::Other(encoding) => self.by_table(encoding, bytes),
        }
    }

    fn by_table<'a>(self, encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Cow<'a, str>, Refusal> {
        encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| self.undecodable())
    }

    fn undecodable(self) -> Refusal {
        Refusal::whole(Reason::BadBytes, format!("some bytes do not exist in {}", self.name()))
    }
}

fn byte_order_mark(bytes: &[u8]) -> Result<Option<(Codec, usize)>, Refusal> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Ok(Some((Codec::Utf8, 3))),
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Err(unknown("UTF-32")),
        [0xFF, 0xFE, ..] => Ok(Some((Codec::Utf16(Order::Little), 2))),
        [0xFE, 0xFF, ..] => Ok(Some((Codec::Utf16(Order::Big), 2))),
        _ => Ok(None),
    }
}

/// Guesses from the first bytes, as far as XML allows guessing.
fn sniff(bytes: &[u8]) -> Result<Codec, Refusal> {
    match bytes {
        [0, 0, 0, b'<', ..] | [b'<', 0, 0, 0, ..] => return Err(unknown("UTF-32")),
        [0, b'<', ..] => return Ok(Codec::Utf16(Order::Big)),
        [b'<', 0, ..] => return Ok(Codec::Utf16(Order::Little)),
        [0x4C, 0x6F, 0xA7, 0x94, ..] => return Err(unknown("EBCDIC")),
        _ => {}
    }
    // A declaration is ASCII in all that is left; only its encoding matters here, its grammar is looked at later.
    let head = &bytes[..bytes.len().min(1024)];
    let ascii = head.iter().take_while(|byte| byte.is_ascii()).count();
    let head = std::str::from_utf8(&head[..ascii]).unwrap_or_default();
    match head.find("?>").map(|end| declared_encoding(&head[..end + 2])) {
        Some(Ok(Some(range))) => match Codec::named(&head[range.clone()]) {
            None => Err(unknown(&head[range])),
            Some(Codec::Utf16(_)) => {
                let detail = format!("the declaration says {}, but the bytes are not", &head[range.clone()]);
                Err(Refusal::at(Reason::LyingEncoding, head, range.start, detail))
            }
            Some(codec) => Ok(codec),
        },
        _ => Ok(Codec::Utf8),
    }
}

/// The range of the encoding's name in the XML declaration, whose grammar is checked on the way.
fn declared_encoding(text: &str) -> Result<Option<Range<usize>>, Refusal> {
    let refuse = |at: usize, detail: &str| Refusal::at(Reason::Declaration, text, at, detail);
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.bytes().next().is_none_or(chars::is_space)) else {
        return Ok(None);
    };
    let end = rest.find("?>").map(|end| end + 5).ok_or_else(|| refuse(0, "the XML declaration does not end"))?;
    let mut encoding = None;
    let mut expected: &[&str] = &["version"];
    for attribute in tag::attributes(text, 5, end) {
        let attribute = attribute.map_err(|(at, _)| refuse(at, "the XML declaration is malformed"))?;
        let (name, value) = (&text[attribute.name.clone()], &text[attribute.value.clone()]);
        if !expected.contains(&name) {
            return Err(refuse(
                attribute.whole.start,
                "the XML declaration has `version`, `encoding` and `standalone` only, in this order",
            ));
        }
        expected = match name {
            "version" if value != "1.0" => {
                let detail = format!("the version is {value:?}, but SOAP is written in XML 1.0");
                return Err(refuse(attribute.value.start, &detail));
            }
            "version" => &["encoding", "standalone"],
            "encoding" => {
                encoding = Some(attribute.value);
                &["standalone"]
            }
            _ if !matches!(value, "yes" | "no") => {
                return Err(refuse(attribute.value.start, "`standalone` is `yes` or `no`"));
            }
            _ => &[],
        };
    }
    if expected == ["version"] {
        return Err(refuse(0, "the XML declaration has no version"));
    }
    Ok(encoding)
}

/// The text with a declaration that is true of it, of the same length where that is possible.
fn declare_utf8(text: &str, declared: Range<usize>) -> String {
    let (before, after) = (&text[..declared.start], &text[declared.end..]);
    let (quote, after) = after.split_at(1);
    let padding = " ".repeat(declared.len().saturating_sub("UTF-8".len()));
    format!("{before}UTF-8{quote}{padding}{after}")
}

fn unknown(label: &str) -> Refusal {
    Refusal::whole(Reason::UnknownEncoding, format!("the encoding {label:?} is unknown or not for SOAP messages"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[rstest]
    #[case::charset_beats_declaration(b"<?xml version='1.0' encoding='utf-16'?><a/>".to_vec(), Some("utf-8"), Ok("UTF-8"))]
    #[case::charset_against_mark(b"\xEF\xBB\xBF<a/>".to_vec(), Some("iso-8859-1"), Err(Reason::LyingEncoding))]
    #[case::quoted_charset(b"<a>\xe4</a>".to_vec(), Some("\"ISO-8859-1\""), Ok("ISO-8859-1"))]
    #[case::unmarked_with_charset(utf16("<a/>"), Some("utf-16le"), Ok("UTF-16LE"))]
    #[case::unmarked_without_anything(utf16("<a/>"), None, Err(Reason::LyingEncoding))]
    #[case::unmarked_but_declared(utf16("<?xml version='1.0' encoding='UTF-16LE'?><a/>"), None, Ok("UTF-16LE"))]
    #[case::ascii(b"<?xml version='1.0' encoding='US-ASCII'?><a>\xe4</a>".to_vec(), None, Err(Reason::BadBytes))]
    #[case::stateful(b"<a/>".to_vec(), Some("iso-2022-jp"), Err(Reason::UnknownEncoding))]
    #[case::no_version(b"<?xml encoding='UTF-8'?><a/>".to_vec(), None, Err(Reason::Declaration))]
    #[case::wrong_order(b"<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>".to_vec(), None, Err(Reason::Declaration))]
    fn the_encoding_is_found_or_the_lie(
        #[case] bytes: Vec<u8>,
        #[case] charset: Option<&str>,
        #[case] expected: Result<&str, Reason>,
    ) {
        let got = decode(&bytes, charset).map(|decoded| decoded.encoding).map_err(|refusal| refusal.reason);
        assert_eq!(got, expected);
    }

    #[test]
    fn a_transcoded_declaration_tells_the_new_truth_without_moving_anything() {
        let bytes = b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>";
        let decoded = decode(bytes, None).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(decoded.text, "<?xml version='1.0' encoding='UTF-8'     ?><a/>");
        assert_eq!(decoded.declared.as_deref(), Some("ISO-8859-1"));
    }
}
