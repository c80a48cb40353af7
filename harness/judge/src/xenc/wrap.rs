//! AES key wrap (RFC 3394), for all three key sizes: the library's own has no AES-192.

use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};

const BLOCK: usize = 8;
const INTEGRITY: [u8; BLOCK] = [0xa6; BLOCK];

/// Unwraps a key; `None` where the key is the wrong one, or the data was changed or is no wrapped key.
pub(super) fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    if wrapped.len() < 3 * BLOCK || !wrapped.len().is_multiple_of(BLOCK) || wrapped.len() > 1024 {
        return None;
    }
    let cipher = DecryptingKey::ecb(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
    let (mut register, mut blocks) = (<[u8; BLOCK]>::try_from(&wrapped[..BLOCK]).ok()?, wrapped[BLOCK..].to_vec());
    let count = blocks.len() / BLOCK;
    for step in (1..=6 * count).rev() {
        let at = (step - 1) % count * BLOCK;
        for (byte, counter) in register.iter_mut().zip((step as u64).to_be_bytes()) {
            *byte ^= counter;
        }
        let mut pair = [0; 2 * BLOCK];
        pair[..BLOCK].copy_from_slice(&register);
        pair[BLOCK..].copy_from_slice(&blocks[at..at + BLOCK]);
        cipher.decrypt(&mut pair, DecryptionContext::None).ok()?;
        register.copy_from_slice(&pair[..BLOCK]);
        blocks[at..at + BLOCK].copy_from_slice(&pair[BLOCK..]);
    }
    (register == INTEGRITY).then_some(blocks)
}

#[cfg(test)]
mod tests {
    use super::unwrap;
    use rstest::rstest;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    // The vectors of RFC 3394, section 4.
    #[rstest]
    #[case(16, 16, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")]
    #[case(24, 16, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D")]
    #[case(32, 16, "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7")]
    #[case(32, 32, "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")]
    fn it_unwraps_what_the_standard_wrapped(#[case] key: u8, #[case] data: usize, #[case] wrapped: &str) {
        let key: Vec<u8> = (0..key).collect();
        let expected = bytes("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
        assert_eq!(unwrap(&key, &bytes(wrapped)), Some(expected[..data].to_vec()));
        let mut changed = bytes(wrapped);
        changed[9] ^= 1;
        assert_eq!(unwrap(&key, &changed), None);
        assert_eq!(unwrap(&key[1..], &bytes(wrapped)), None);
        assert_eq!(unwrap(&key, &bytes(wrapped)[..20]), None);
    }
}
