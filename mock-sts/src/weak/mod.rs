//! Weak ways of reading a message, before it is read: what a service does whose parser does more, or less, than it should.
//! None of this runs unless it is asked for.

mod fetch;
mod octets;
mod text;

use std::borrow::Cow;

use crate::wrong::{Wrong, Wrongs};

pub(crate) use fetch::names as look_up;

/// Whether there is anything in a message that an ordinary one does not have.
pub(crate) fn is_unusual(octets: &[u8]) -> bool {
    let text = String::from_utf8_lossy(octets);
    let key_after_use =
        text.find("<ds:Signature").zip(text.find("<wsse:BinarySecurityToken")).is_some_and(|(a, b)| a < b);
    let late = text.find("<wsu:Timestamp").zip(text.find("<ds:Signature")).is_some_and(|(a, b)| b < a);
    let strange = ["urn:example:", "SignatureConfirmation", "<Order", "arrayType"];
    let lost = ![":To>", ":To "].iter().any(|to| text.contains(to));
    lost || key_after_use || late || strange.iter().any(|strange| text.contains(strange))
}

/// A way to take a text.
type Weakness = fn(&str) -> String;

/// The weak spots that are a matter of text, in the order in which they act.
const TEXTUAL: [(Wrong, Weakness); 15] = [
    (Wrong::WEAK_DROPS_CONTROLS, text::without_controls),
    (Wrong::WEAK_SKIPS_DECLARATION, text::without_declarations),
    (Wrong::WEAK_STOPS_AT_END, text::up_to_the_end),
    (Wrong::WEAK_FETCHES_ENTITIES, fetch::with_entities),
    (Wrong::WEAK_FOLLOWS_HINTS, fetch::after_following_hints),
    (Wrong::WEAK_CALLS_BACK, fetch::after_calling_back),
    (Wrong::WEAK_LENIENT_BASE64, text::with_mended_base64),
    (Wrong::WEAK_FOLDS_NAMESPACES, text::with_known_namespaces),
    (Wrong::WEAK_READS_BY_PREFIX, text::without_redeclarations),
    (Wrong::WEAK_IGNORES_REFERENCES, text::with_literal_references),
    (Wrong::WEAK_STOPS_AT_COMMENT, text::cut_at_comments),
    (Wrong::WEAK_FOLDS_CASE, text::with_known_names),
    (Wrong::WEAK_LAST_ATTRIBUTE, text::with_last_attributes),
    (Wrong::WEAK_IGNORES_STRAY_TEXT, text::without_stray_text),
    (Wrong::WEAK_SEARCHES_TEXT, text::as_searched),
];

/// The octets as a service with these weak spots takes them, and the charset that it goes by.
pub(crate) fn reread<'a>(
    octets: &'a [u8],
    charset: Option<&'a str>,
    wrongs: Wrongs,
) -> (Cow<'a, [u8]>, Option<&'a str>) {
    if wrongs.is_empty() {
        return (Cow::Borrowed(octets), charset);
    }
    if wrongs.has(Wrong::REFUSE_BYTE_ORDER_MARK) && octets.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return (Cow::Borrowed(b"a mark is no markup"), charset);
    }
    let (mut taken, charset) = match octets::decoded(octets, wrongs) {
        Some(text) => (text, None),
        None => match std::str::from_utf8(octets) {
            Ok(text) => (text.to_owned(), charset),
            Err(_) => return (Cow::Borrowed(octets), charset),
        },
    };
    for (wrong, weakness) in TEXTUAL {
        if wrongs.has(wrong) {
            taken = weakness(&taken);
        }
    }
    (Cow::Owned(taken.into_bytes()), charset)
}
