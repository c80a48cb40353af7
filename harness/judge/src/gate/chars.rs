//! Which characters and names XML 1.0 allows.

/// Whether a character may stand in a document at all.
pub(super) fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// The first character that may not stand in a document, with its offset.
pub(super) fn first_illegal(text: &str) -> Option<(usize, char)> {
    // Bytes first: all illegal characters are controls or begin with 0xEF, and neither is common.
    let suspicious = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xEF;
    let mut from = 0;
    while let Some(found) = text.as_bytes()[from..].iter().position(|&byte| suspicious(byte)) {
        let at = from + found;
        let c = text[at..].chars().next()?;
        if !is_legal(c) {
            return Some((at, c));
        }
        from = at + c.len_utf8();
    }
    None
}

/// White space as XML counts it.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a text consists of white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Whether a name could be one without colon.
pub(crate) fn is_ncname(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(starts_name) && chars.all(continues_name)
}

/// Splits a name into prefix and local part, if it is one that namespaces allow.
pub(crate) fn split(name: &str) -> Option<(Option<&str>, &str)> {
    match name.split_once(':') {
        None => is_ncname(name).then_some((None, name)),
        Some((prefix, local)) => (is_ncname(prefix) && is_ncname(local)).then_some((Some(prefix), local)),
    }
}

/// How many bytes at the beginning of a text are a name without colon; 0 if there is none.
pub(crate) fn name_length(text: &str) -> usize {
    if !text.chars().next().is_some_and(starts_name) {
        return 0;
    }
    text.char_indices().find(|&(_, c)| !continues_name(c)).map_or(text.len(), |(at, _)| at)
}

fn starts_name(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(c: char) -> bool {
    starts_name(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("a", Some((None, "a")))]
    #[case::prefixed("a:b-1.c", Some((Some("a"), "b-1.c")))]
    #[case::umlaut("\u{e4}", Some((None, "\u{e4}")))]
    #[case::digit_first("1a", None)]
    #[case::two_colons("a:b:c", None)]
    #[case::no_prefix(":a", None)]
    #[case::no_local("a:", None)]
    #[case::empty("", None)]
    #[case::dash_first("-a", None)]
    fn names_split_at_their_colon(#[case] name: &str, #[case] parts: Option<(Option<&str>, &str)>) {
        assert_eq!(split(name), parts);
    }

    #[rstest]
    #[case("fine \u{FFFD} \u{10FFFF} \t\r\n", None)]
    #[case("ab\u{1}", Some((2, '\u{1}')))]
    #[case("\u{F900}\u{FFFE}", Some((3, '\u{FFFE}')))]
    #[case("\u{FFFF}", Some((0, '\u{FFFF}')))]
    fn the_first_illegal_character_is_found(#[case] text: &str, #[case] found: Option<(usize, char)>) {
        assert_eq!(first_illegal(text), found);
    }
}
