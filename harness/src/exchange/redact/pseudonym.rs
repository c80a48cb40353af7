//! What stands for a secret.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::change::tag::{escape_attribute, escape_text};

/// What a pseudonym must be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A password: every character is secret.
    Word,
    /// Meant to be base64. What is wrong with it as base64 stays wrong, since a check may be about that.
    Code,
}

/// Makes pseudonyms with the salt of one run.
pub(super) struct Pseudonyms {
    salt: [u8; 32],
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(…)")
    }
}

impl Pseudonyms {
    pub(super) fn new(salt: [u8; 32]) -> Self {
        Self { salt }
    }

    /// As many bytes as the secret; the same for the same secret.
    pub(super) fn of(&self, secret: &str, shape: Shape) -> String {
        // A very short secret can meet itself by chance; then the next draw is taken.
        let mut drawn = (0..64).map(|round| self.draw(secret, shape, round));
        drawn.find(|pseudonym| pseudonym != secret).unwrap_or_else(|| "x".repeat(secret.len()))
    }

    fn draw(&self, secret: &str, shape: Shape, round: u8) -> String {
        let stream = self.stream(secret, round);
        if shape == Shape::Code && !secret.is_empty() && STANDARD.decode(secret).is_ok() {
            let length = STANDARD.decode(secret).map_or(0, |bytes| bytes.len());
            return STANDARD.encode(stream.take(length).collect::<Vec<_>>());
        }
        let hide_signs = shape == Shape::Word || !secret.contains(|c: char| c.is_ascii_alphanumeric());
        let mut stream = stream;
        let mut pseudonym = String::with_capacity(secret.len());
        for c in secret.chars() {
            if hide_signs || c.is_ascii_alphanumeric() || !c.is_ascii() {
                for _ in 0..c.len_utf8() {
                    pseudonym.push(letter(stream.next().unwrap_or_default()));
                }
            } else {
                pseudonym.push(c);
            }
        }
        pseudonym
    }

    fn stream(&self, secret: &str, round: u8) -> impl Iterator<Item = u8> + use<> {
        let key: [u8; 32] =
            Sha256::new().chain_update(self.salt).chain_update([round]).chain_update(secret).finalize().into();
        (0u64..).flat_map(move |block| {
            <[u8; 32]>::from(Sha256::new().chain_update(key).chain_update(block.to_be_bytes()).finalize())
        })
    }
}

fn letter(byte: u8) -> char {
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char::from(letters[usize::from(byte) % letters.len()])
}

/// The ways in which a secret may be written in a message.
pub(super) fn spellings(secret: &str, shape: Shape) -> Vec<String> {
    let mut spellings = vec![secret.to_owned()];
    if shape == Shape::Word {
        let attribute = escape_attribute(secret);
        let json = serde_json::to_string(secret).unwrap_or_default();
        spellings.extend([
            escape_text(secret),
            secret.replace('&', "&amp;").replace('<', "&lt;"),
            attribute.replace("&apos;", "&#39;").replace("&quot;", "&#34;"),
            attribute.replace("&apos;", "'"),
            attribute,
            json.trim_matches('"').to_owned(),
        ]);
    }
    spellings.push(percent(secret));
    spellings
}

fn percent(secret: &str) -> String {
    let mut coded = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            let _ = write!(coded, "%{byte:02X}");
        }
    }
    coded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pseudonym_is_as_long_as_its_secret_and_never_the_secret(secret in "[ -~äß€]{1,40}", code: bool) {
            let shape = if code { Shape::Code } else { Shape::Word };
            let pseudonyms = Pseudonyms::new([7; 32]);
            let pseudonym = pseudonyms.of(&secret, shape);
            prop_assert_eq!(pseudonym.len(), secret.len());
            prop_assert_ne!(&pseudonym, &secret);
            prop_assert_eq!(&pseudonym, &pseudonyms.of(&secret, shape));
        }

        #[test]
        fn base64_stays_base64_of_the_same_length(bytes in prop::collection::vec(any::<u8>(), 1..80)) {
            let secret = STANDARD.encode(&bytes);
            let pseudonym = Pseudonyms::new([7; 32]).of(&secret, Shape::Code);
            prop_assert_eq!(STANDARD.decode(pseudonym).expect("base64").len(), bytes.len());
        }
    }

    #[test]
    fn what_is_no_base64_stays_none() {
        let pseudonym = Pseudonyms::new([7; 32]).of("not base64!", Shape::Code);
        assert!(pseudonym.ends_with('!') && pseudonym.contains(' '));
    }

    #[test]
    fn another_salt_gives_another_pseudonym() {
        assert_ne!(
            Pseudonyms::new([1; 32]).of("wonderland", Shape::Word),
            Pseudonyms::new([2; 32]).of("wonderland", Shape::Word)
        );
    }
}
