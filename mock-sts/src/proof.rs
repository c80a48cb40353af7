//! The secret that goes with a token: from whom it comes, and how the requestor learns of it.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::keyring::Recipient;
use crate::policy::{Grant, KeyGrant};
use crate::random::Random;
use crate::request::TrustVersion;
use crate::token::encrypt::{Target, encrypted_key};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::Writer;

/// A secret key, as both the token and the answer need it.
pub(crate) struct Proof {
    /// The key itself, for the token.
    pub(crate) secret: Vec<u8>,
    shown: Shown,
}

/// What the answer says about the key.
enum Shown {
    /// The key itself: the requestor brought nothing.
    Key,
    /// Our share: the requestor computes the key from both.
    Entropy(Vec<u8>),
}

impl Proof {
    /// Makes the key for a symmetric grant; other grants need none.
    pub(crate) fn make(grant: &Grant<'_>, random: &mut Random, wrongs: Wrongs) -> Option<Self> {
        let KeyGrant::Symmetric { bits, entropy } = &grant.key else { return None };
        let length = *bits as usize / 8;
        let length = if wrongs.has(Wrong::PROOF_SHORT) { length / 2 } else { length };
        let share = random.bytes(length);
        Some(match entropy {
            None => Self { secret: share, shown: Shown::Key },
            Some(theirs) => Self { secret: psha1(theirs, &share, length), shown: Shown::Entropy(share) },
        })
    }

    /// The key as the token confirms it.
    pub(crate) fn in_token(&self, wrongs: Wrongs) -> Vec<u8> {
        let mut secret = self.secret.clone();
        if wrongs.has(Wrong::PROOF_KEY_NOT_IN_TOKEN) {
            for byte in &mut secret {
                *byte = !*byte;
            }
        }
        secret
    }

    /// Writes `RequestedProofToken` and `Entropy`.
    pub(crate) fn write(&self, w: &mut Writer, answer: &Answer<'_>, random: &mut Random, wrongs: Wrongs) {
        match &self.shown {
            Shown::Key if wrongs.has(Wrong::PROOF_MISSING) => {}
            Shown::Key => {
                w.open("trust:RequestedProofToken");
                answer.secret(w, &self.secret, "/SymmetricKey", random, wrongs);
                w.close();
            }
            Shown::Entropy(share) => {
                let algorithm = format!("{}/CK/PSHA1", answer.trust.namespace());
                if wrongs.has(Wrong::PROOF_COMPUTED_KEY_OUTSIDE) {
                    w.leaf("trust:ComputedKey", &algorithm);
                } else {
                    w.open("trust:RequestedProofToken").leaf("trust:ComputedKey", &algorithm);
                    if wrongs.has(Wrong::PROOF_KEY_BESIDE_COMPUTED) {
                        answer.secret(w, &self.secret, "/SymmetricKey", random, wrongs);
                    }
                    w.close();
                }
                if !wrongs.has(Wrong::PROOF_NO_SERVER_ENTROPY) {
                    w.open("trust:Entropy");
                    answer.secret(w, share, "/Nonce", random, wrongs);
                    w.close();
                }
            }
        }
    }
}

/// What a secret is written for.
pub(crate) struct Answer<'a> {
    pub(crate) trust: TrustVersion,
    /// To whom secrets are encrypted; in clear when there is nobody.
    pub(crate) recipient: Option<&'a Recipient>,
    pub(crate) transport: crate::token::algorithm::KeyTransport,
}

impl Answer<'_> {
    /// Writes a secret: to the requestor's certificate where there is one, else in clear, for the channel to protect.
    pub(crate) fn secret(&self, w: &mut Writer, secret: &[u8], step: &str, random: &mut Random, wrongs: Wrongs) {
        match self.recipient {
            Some(recipient) if !wrongs.has(Wrong::PROOF_IN_CLEAR) => {
                encrypted_key(w, secret, Target { recipient, transport: self.transport, wrongs }, false, random);
            }
            _ => {
                let namespace = self.trust.namespace();
                let step = if wrongs.has(Wrong::PROOF_TYPE_LIES) { "/AsymmetricKey" } else { step };
                w.open("trust:BinarySecret").attribute("Type", &format!("{namespace}{step}"));
                if wrongs.has(Wrong::PROOF_NOT_BASE64) {
                    w.text(&hexadecimal(secret))
                } else {
                    w.text(&BASE64.encode(secret))
                };
                w.close();
            }
        }
    }
}

/// `P_SHA1` of RFC 2246 as WS-Trust uses it: `length` bytes from the requestor's entropy (the secret) and ours (the seed).
pub(crate) fn psha1(secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mut out = Vec::with_capacity(length + 20);
    let mut chain = hmac::sign(&key, seed);
    while out.len() < length {
        let mut block = hmac::Context::with_key(&key);
        block.update(chain.as_ref());
        block.update(seed);
        out.extend_from_slice(block.sign().as_ref());
        chain = hmac::sign(&key, chain.as_ref());
    }
    out.truncate(length);
    out
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| ["-".to_owned(), format!("{byte:02x}")]).skip(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_sha1_is_the_first_half_of_the_tls_function() {
        // Computed apart with Python's hmac: A(i) = HMAC(secret, A(i-1)), block i = HMAC(secret, A(i) + seed).
        let key = psha1(b"client entropy 16", b"server entropy 16", 32);
        assert_eq!(hexadecimal(&key).replace('-', ""), PSHA1_BY_PYTHON);
    }

    const PSHA1_BY_PYTHON: &str = "58da3aa12586ca40eea90d72e216a46b1a8e6ecc34ae16d77f5515da9eecf57c";

    #[test]
    fn a_longer_key_begins_like_a_shorter_one() {
        assert_eq!(psha1(b"a", b"b", 64)[..16], psha1(b"a", b"b", 16));
    }
}
