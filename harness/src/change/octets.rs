//! The operators that act on octets: what is done to a finished message on its way into the wire.

use serde::{Deserialize, Serialize};

/// One rewrite of octets. Exactly one key of the table names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawOctetOperator", into = "RawOctetOperator")]
pub enum OctetOperator {
    /// Writes the text in another encoding; characters that it does not have become `?`.
    Recode(Charset),
    /// Puts octets in front.
    Prepend(Vec<u8>),
    /// Puts octets behind.
    Append(Vec<u8>),
    /// Replaces the first occurrence of a text by octets.
    Octets {
        /// What goes, in UTF-8.
        find: String,
        /// What comes.
        with: Vec<u8>,
    },
    /// Leaves only the beginning.
    Cut(Length),
    /// Inverts the lowest bit of one octet.
    Flip(Length),
}

/// An encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// UTF-16, little end first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big end first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// UTF-32, little end first.
    #[serde(rename = "utf-32le")]
    Utf32Le,
    /// UTF-32, big end first.
    #[serde(rename = "utf-32be")]
    Utf32Be,
    /// UTF-7, all markup shifted.
    #[serde(rename = "utf-7")]
    Utf7,
    /// ISO 8859-1.
    #[serde(rename = "iso-8859-1")]
    Latin1,
    /// EBCDIC, code page 37.
    #[serde(rename = "ibm037")]
    Ebcdic,
}

/// A place in a message: from its beginning, from its end, or a part of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many octets.
    Octets(usize),
    /// All but so many octets.
    Except(usize),
    /// So many hundredths.
    Percent(u8),
}

/// Why octets cannot be changed. Always a mistake of the case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("encode {number} (`{key}`): {because}")]
pub struct OctetError {
    /// Which operator, counted from 1.
    pub number: usize,
    /// Its key.
    pub key: &'static str,
    /// In words.
    pub because: String,
}

/// The octets after all operators, each seeing what the one before it left.
pub fn apply_octets(octets: Vec<u8>, operators: &[OctetOperator]) -> Result<Vec<u8>, OctetError> {
    operators.iter().enumerate().try_fold(octets, |octets, (index, operator)| {
        let trouble = |because| OctetError { number: index + 1, key: operator.key(), because };
        operator.apply(octets).map_err(trouble)
    })
}

impl OctetOperator {
    /// The key by which a case file calls it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Recode(_) => "recode",
            Self::Prepend(_) => "prepend",
            Self::Append(_) => "append",
            Self::Octets { .. } => "octets",
            Self::Cut(_) => "cut",
            Self::Flip(_) => "flip",
        }
    }

    fn apply(&self, mut octets: Vec<u8>) -> Result<Vec<u8>, String> {
        match self {
            Self::Recode(charset) => {
                let text = String::from_utf8(octets).map_err(|_| "what is to be written anew is not UTF-8")?;
                Ok(charset.write(&text))
            }
            Self::Prepend(more) => Ok([&**more, &octets].concat()),
            Self::Append(more) => Ok([&*octets, more].concat()),
            Self::Octets { find, with } => {
                let found = octets.windows(find.len().max(1)).position(|window| window == find.as_bytes());
                let at = found.ok_or_else(|| format!("the message does not contain `{find}`"))?;
                octets.splice(at..at + find.len(), with.iter().copied());
                Ok(octets)
            }
            Self::Cut(length) => {
                octets.truncate(length.within(octets.len()));
                Ok(octets)
            }
            Self::Flip(place) => {
                let at = place.within(octets.len());
                *octets.get_mut(at).ok_or("the message has no octet there")? ^= 1;
                Ok(octets)
            }
        }
    }
}

impl Charset {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Utf16Le, Self::Utf16Be, Self::Utf32Le, Self::Utf32Be, Self::Utf7, Self::Latin1, Self::Ebcdic];

    /// A text in this encoding; characters that it does not have become `?`.
    pub(crate) fn write(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Utf32Le => text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
            Self::Utf32Be => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
            Self::Utf7 => text.chars().flat_map(utf7).collect(),
            Self::Ebcdic => {
                text.chars().map(|c| u8::try_from(c).map_or(0x6F, |byte| IBM037[usize::from(byte)])).collect()
            }
        }
    }
}

/// UTF-7 that shifts whatever marks up a document, each character by itself.
fn utf7(c: char) -> Vec<u8> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    if c.is_ascii_alphanumeric() || "'(),-./:? \n".contains(c) {
        return vec![u8::try_from(c).unwrap_or(b'?')];
    }
    let mut units = [0; 2];
    let octets: Vec<u8> = c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect();
    format!("+{}-", STANDARD_NO_PAD.encode(octets)).into_bytes()
}

/// EBCDIC, code page 37, by the number of the character in Latin-1 up to 127; what lies beyond becomes `?`.
const IBM037: [u8; 256] = {
    let known: [u8; 128] = [
        0x00, 0x01, 0x02, 0x03, 0x37, 0x2D, 0x2E, 0x2F, 0x16, 0x05, 0x25, 0x0B, 0x0C, 0x0D, 0x0E,
        0x0F, // controls
        0x10, 0x11, 0x12, 0x13, 0x3C, 0x3D, 0x32, 0x26, 0x18, 0x19, 0x3F, 0x27, 0x1C, 0x1D, 0x1E, 0x1F, //
        0x40, 0x5A, 0x7F, 0x7B, 0x5B, 0x6C, 0x50, 0x7D, 0x4D, 0x5D, 0x5C, 0x4E, 0x6B, 0x60, 0x4B,
        0x61, // space to /
        0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0x7A, 0x5E, 0x4C, 0x7E, 0x6E, 0x6F, // 0 to ?
        0x7C, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, // @ to O
        0xD7, 0xD8, 0xD9, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xBA, 0xE0, 0xBB, 0xB0, 0x6D, // P to _
        0x79, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, // ` to o
        0x97, 0x98, 0x99, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xC0, 0x4F, 0xD0, 0xA1,
        0x07, // p to DEL
    ];
    let mut table = [0x6F; 256];
    let mut at = 0;
    while at < known.len() {
        table[at] = known[at];
        at += 1;
    }
    table
};

impl Length {
    fn within(self, whole: usize) -> usize {
        match self {
            Self::Octets(octets) => octets.min(whole),
            Self::Except(octets) => whole.saturating_sub(octets),
            Self::Percent(percent) => whole * usize::from(percent) / 100,
        }
    }

    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no place: write octets (`120`), octets from the end (`-3`) or `50%`");
        if let Some(percent) = text.strip_suffix('%') {
            return percent.parse().ok().filter(|percent| *percent <= 100).map(Self::Percent).ok_or_else(wrong);
        }
        match text.strip_prefix('-') {
            Some(octets) => octets.parse().map(Self::Except).map_err(|_| wrong()),
            None => text.parse().map(Self::Octets).map_err(|_| wrong()),
        }
    }

    fn written(self) -> String {
        match self {
            Self::Octets(octets) => octets.to_string(),
            Self::Except(octets) => format!("-{octets}"),
            Self::Percent(percent) => format!("{percent}%"),
        }
    }
}

/// The table of a case file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawOctetOperator {
    #[serde(skip_serializing_if = "Option::is_none")]
    recode: Option<Charset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prepend: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    append: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flip: Option<String>,
}

impl RawOctetOperator {
    /// The same table with every text in it rewritten.
    #[must_use]
    pub fn map_text(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        let texts =
            [&mut self.prepend, &mut self.append, &mut self.octets, &mut self.with, &mut self.cut, &mut self.flip];
        for text in texts.into_iter().flatten() {
            *text = rewrite(text);
        }
        self
    }
}

impl TryFrom<RawOctetOperator> for OctetOperator {
    type Error = String;

    fn try_from(mut raw: RawOctetOperator) -> Result<Self, String> {
        let with = raw.with.take();
        let read = match raw.clone() {
            RawOctetOperator { recode: Some(charset), .. } => Self::Recode(charset),
            RawOctetOperator { prepend: Some(hex), .. } => Self::Prepend(octets(&hex)?),
            RawOctetOperator { append: Some(hex), .. } => Self::Append(octets(&hex)?),
            RawOctetOperator { octets: Some(find), .. } => {
                let with = with.as_deref().ok_or("`octets` needs `with` beside it")?;
                Self::Octets { find, with: octets(with)? }
            }
            RawOctetOperator { cut: Some(place), .. } => Self::Cut(Length::read(&place)?),
            RawOctetOperator { flip: Some(place), .. } => Self::Flip(Length::read(&place)?),
            _ => return Err("no operator: one of recode, prepend, append, octets, cut or flip is needed".to_owned()),
        };
        raw.with = with.map(|with| octets(&with)).transpose()?.as_deref().map(hex);
        if RawOctetOperator::from(read.clone()).named() == raw.named() && raw.with.is_some() == read.takes_with() {
            Ok(read)
        } else {
            Err(format!("`{}` stands beside a key that it does not take", read.key()))
        }
    }
}

impl RawOctetOperator {
    /// How many keys name an operator.
    fn named(&self) -> usize {
        usize::from(self.recode.is_some())
            + [&self.prepend, &self.append, &self.octets, &self.cut, &self.flip]
                .iter()
                .filter(|key| key.is_some())
                .count()
    }
}

impl OctetOperator {
    fn takes_with(&self) -> bool {
        matches!(self, Self::Octets { .. })
    }
}

impl From<OctetOperator> for RawOctetOperator {
    fn from(operator: OctetOperator) -> Self {
        let mut raw = Self::default();
        match operator {
            OctetOperator::Recode(charset) => raw.recode = Some(charset),
            OctetOperator::Prepend(octets) => raw.prepend = Some(hex(&octets)),
            OctetOperator::Append(octets) => raw.append = Some(hex(&octets)),
            OctetOperator::Octets { find, with } => (raw.octets, raw.with) = (Some(find), Some(hex(&with))),
            OctetOperator::Cut(place) => raw.cut = Some(place.written()),
            OctetOperator::Flip(place) => raw.flip = Some(place.written()),
        }
        raw
    }
}

fn octets(hex: &str) -> Result<Vec<u8>, String> {
    let digits: String = hex.split_whitespace().collect();
    let octet = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let read: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(octet).collect();
    read.ok_or_else(|| format!("`{hex}` is no octets: write them as hexadecimal digits in pairs"))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str) -> Result<OctetOperator, String> {
        toml::from_str(table).map_err(|error| error.to_string())
    }

    #[rstest::rstest]
    #[case("recode = \"utf-16be\"", b"<a>", b"\0<\0a\0>")]
    #[case("recode = \"utf-7\"", b"<a", b"+ADw-a")]
    #[case("recode = \"ibm037\"", b"<a>", b"\x4c\x81\x6e")]
    #[case("prepend = \"ef bb bf\"", b"a", b"\xef\xbb\xbfa")]
    #[case("append = \"00\"", b"a", b"a\0")]
    #[case("octets = \"b\"\nwith = \"c0af\"", b"abb", b"a\xc0\xafb")]
    #[case("cut = \"-1\"", b"abc", b"ab")]
    #[case("cut = \"50%\"", b"abcd", b"ab")]
    #[case("flip = \"0\"", b"a", b"`")]
    fn every_operator_does_what_it_says_and_survives_writing(
        #[case] table: &str,
        #[case] before: &[u8],
        #[case] after: &[u8],
    ) {
        let operator = read(table).expect("a good operator");
        assert_eq!(read(&toml::to_string(&operator).expect("it can be written")), Ok(operator.clone()));
        assert_eq!(apply_octets(before.to_vec(), &[operator]), Ok(after.to_vec()));
    }

    #[rstest::rstest]
    #[case("with = \"00\"", "no operator")]
    #[case("octets = \"a\"", "needs `with`")]
    #[case("cut = \"x\"", "is no place")]
    #[case("prepend = \"0\"", "in pairs")]
    #[case("cut = \"1\"\nappend = \"00\"", "does not take")]
    #[case("cut = \"1\"\nwith = \"00\"", "does not take")]
    fn a_wrong_operator_says_what_is_wrong(#[case] table: &str, #[case] words: &str) {
        let error = read(table).expect_err("a wrong operator");
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_not_there_cannot_be_changed() {
        let operators = [read("octets = \"x\"\nwith = \"00\"").expect("a good operator")];
        let error = apply_octets(b"abc".to_vec(), &operators).expect_err("there is no x");
        assert_eq!(error.to_string(), "encode 1 (`octets`): the message does not contain `x`");
    }
}
