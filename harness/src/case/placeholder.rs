//! The names between double braces that a body, a change or a check may hold.

use std::ops::Range;

/// Names that every exchange fills.
const NAMES: &[&str] = &[
    "applies-to",
    "applies-to.encrypted",
    "applies-to.other",
    "applies-to.unknown",
    "bait.password",
    "bait.password-digest",
    "bait.user",
    "canary.file",
    "canary.text",
    "client.certificate",
    "client.exponent",
    "client.modulus",
    "context",
    "created",
    "credential",
    "entropy",
    "listener",
    "listener.port",
    "message-id",
    "nonce",
    "other.password",
    "other.user",
    "password",
    "password-digest",
    "stranger.certificate",
    "stranger.exponent",
    "stranger.modulus",
    "subject",
    "to",
    "user",
    "usual",
    "usual.respelled",
];

/// Kinds that carry a name of the author's choice: the same value wherever it occurs in a case.
const NAMED: &[&str] = &["entropy:", "nonce:", "uuid:"];

/// Every `{{name}}` in a text, with its place.
pub(crate) fn all_in(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find("{{")?;
        let length = text[start..].find("}}")?;
        from = start + length + 2;
        Some((&text[start + 2..start + length], start..from))
    })
}

/// Whether an exchange fills this name by itself; what earlier steps kept comes on top.
pub(crate) fn is_known(name: &str) -> bool {
    let is_named = |kind: &&str| name.strip_prefix(*kind).is_some_and(|id| !id.is_empty());
    NAMES.binary_search(&name).is_ok() || is_time(name) || NAMED.iter().any(is_named)
}

/// All fixed names, and an example of those with a part to choose.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied().chain(["now", "now+5m", "uuid:name"])
}

/// `now`, or shifted as in `now+5m` and `now-1h`.
fn is_time(name: &str) -> bool {
    let Some(shift) = name.strip_prefix("now") else { return false };
    let Some(amount) = shift.strip_prefix(['+', '-']) else { return shift.is_empty() };
    amount
        .strip_suffix(['s', 'm', 'h', 'd'])
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn times_may_be_shifted_by_a_number_and_a_unit() {
        for good in ["now", "now+5m", "now-36500d", "uuid:a", "nonce:once", "applies-to.unknown"] {
            assert!(is_known(good), "{good}");
        }
        for bad in ["now+", "now+m", "now5m", "now+5y", "uuid:", "token"] {
            assert!(!is_known(bad), "{bad}");
        }
    }

    #[test]
    fn an_unclosed_brace_is_no_placeholder() {
        let found: Vec<_> = all_in("{{a}} {{b").map(|(name, at)| (name.to_owned(), at)).collect();
        assert_eq!(found, [("a".to_owned(), 0..5)]);
    }
}
