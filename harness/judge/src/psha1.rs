//! `P_SHA1`, by which both sides of an exchange compute a key from their two pieces of entropy.

use aws_lc_rs::hmac;

/// The first `len` bytes of `P_SHA1(secret, seed)`.
///
/// It is the pseudo-random function of TLS 1.0 with the SHA-1 half alone; in WS-Trust the secret is the requestor's
/// entropy and the seed is the issuer's.
///
/// ```
/// let key = stsproof_judge::psha1::psha1(b"requestor entropy", b"issuer entropy", 32);
/// assert_eq!(key.len(), 32);
/// ```
pub fn psha1(secret: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mut output = Vec::with_capacity(len + 20);
    let mut link = hmac::sign(&key, seed);
    while output.len() < len {
        let mut block = hmac::Context::with_key(&key);
        block.update(link.as_ref());
        block.update(seed);
        output.extend_from_slice(block.sign().as_ref());
        link = hmac::sign(&key, link.as_ref());
    }
    output.truncate(len);
    output
}

#[cfg(test)]
mod tests {
    use super::psha1;
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

    /// HMAC-SHA1 from its definition, so that the function under test is not its own witness.
    fn hmac_by_hand(key: &[u8], message: &[u8]) -> Vec<u8> {
        let hash = |parts: &[&[u8]]| digest(&SHA1_FOR_LEGACY_USE_ONLY, &parts.concat()).as_ref().to_vec();
        let mut block = [0_u8; 64];
        let key = if key.len() > 64 { hash(&[key]) } else { key.to_vec() };
        block[..key.len()].copy_from_slice(&key);
        let inner = hash(&[&block.map(|byte| byte ^ 0x36), message]);
        hash(&[&block.map(|byte| byte ^ 0x5c), &inner])
    }

    #[test]
    fn the_first_block_is_the_definition_unrolled() {
        let (secret, seed) = (b"secret".as_slice(), b"seed".as_slice());
        let first = hmac_by_hand(secret, seed);
        let second = hmac_by_hand(secret, &first);
        let expected = [
            hmac_by_hand(secret, &[first.as_slice(), seed].concat()),
            hmac_by_hand(secret, &[second.as_slice(), seed].concat()),
        ]
        .concat();
        assert_eq!(psha1(secret, seed, 40), expected);
    }

    #[test]
    fn the_key_is_the_one_another_implementation_computes() {
        let secret: Vec<u8> = (0..32).collect();
        let seed: Vec<u8> = (32..64).collect();
        let key = crate::keys::hex(&psha1(&secret, &seed, 32));
        assert_eq!(key, "df59132c2af6d230e4337732076a14561694be12838cc00203d63c816653d75b"); // Python's hmac
    }

    #[test]
    fn a_shorter_key_is_the_beginning_of_a_longer_one() {
        let long = psha1(&[1; 32], &[2; 32], 100);
        for len in [0, 1, 16, 20, 21, 32, 40, 99] {
            assert_eq!(psha1(&[1; 32], &[2; 32], len), long[..len]);
        }
    }

    #[test]
    fn a_long_secret_is_hashed_first_as_hmac_says() {
        let secret = [0xaa; 100];
        let first = hmac_by_hand(&secret, b"x");
        assert_eq!(psha1(&secret, b"x", 20), hmac_by_hand(&secret, &[first.as_slice(), b"x"].concat()));
    }
}
