//! Decoders that guess, drop and replace.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::text::without_declarations;
use crate::wrong::{Wrong, Wrongs};

/// The text of octets, where one of these weak spots makes a text of them.
pub(super) fn decoded(octets: &[u8], wrongs: Wrongs) -> Option<String> {
    if wrongs.has(Wrong::WEAK_READS_UTF7) && octets.is_ascii() {
        return Some(utf7(octets));
    }
    if wrongs.has(Wrong::WEAK_GUESSES_ENCODING) {
        return Some(without_declarations(&guessed(octets)));
    }
    if wrongs.has(Wrong::WEAK_LOSSY_ENCODING) {
        return Some(without_declarations(&guessed(octets)).replace('\u{FFFE}', ""));
    }
    None
}

/// By the zeros in it, and whatever it says of itself; what is wrong becomes a replacement character.
fn guessed(octets: &[u8]) -> String {
    let units = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = octets.as_chunks::<2>().0.iter().map(|pair| read(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match octets {
        [0xFE, 0xFF, ..] | [0x00, _, ..] => units(u16::from_be_bytes),
        [0xFF, 0xFE, ..] | [_, 0x00, ..] => units(u16::from_le_bytes),
        _ => String::from_utf8_lossy(octets).into_owned(),
    };
    text.trim_start_matches('\u{FEFF}').to_owned()
}

fn utf7(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let mut pieces = text.split('+');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (shifted, rest) = piece.split_once('-').unwrap_or((piece, ""));
        let octets = STANDARD_NO_PAD.decode(shifted).unwrap_or_default();
        let units: Vec<u16> = octets.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
        plain.push_str(&String::from_utf16_lossy(&units));
        plain.push_str(rest);
    }
    plain
}
