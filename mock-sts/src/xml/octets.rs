//! Which characters XML has, and what an octet of UTF-8 is to a scan of it.

/// Whether XML 1.0 has a character.
pub(super) fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// What an octet may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Markup,
    Odd,
}

/// What each octet is to the scan: nearly all of a message is plain.
pub(super) const KIND: [Kind; 256] = {
    let mut kinds = [Kind::Plain; 256];
    let mut byte = 0;
    while byte < 0x20 {
        kinds[byte] = Kind::Odd;
        byte += 1;
    }
    kinds[b'\t' as usize] = Kind::Plain;
    kinds[b'\n' as usize] = Kind::Plain;
    kinds[b'\r' as usize] = Kind::Plain;
    kinds[b'<' as usize] = Kind::Markup;
    kinds[b'&' as usize] = Kind::Markup;
    kinds[b'"' as usize] = Kind::Markup;
    kinds[b'\'' as usize] = Kind::Markup;
    kinds[b']' as usize] = Kind::Markup;
    kinds[0xEF] = Kind::Odd;
    kinds
};
