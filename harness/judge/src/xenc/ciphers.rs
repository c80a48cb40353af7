//! The ciphers of encrypted content.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

/// How content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cipher {
    Cbc(usize),
    Gcm(usize),
    TripleDes,
}

impl Cipher {
    pub(super) fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => Self::Cbc(16),
            "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => Self::Cbc(24),
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => Self::Cbc(32),
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Self::Gcm(16),
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Self::Gcm(24),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Self::Gcm(32),
            "http://www.w3.org/2001/04/xmlenc#tripledes-cbc" => Self::TripleDes,
            _ => return None,
        })
    }

    /// The length of its key in bytes.
    pub(super) fn key_len(self) -> usize {
        match self {
            Self::Cbc(len) | Self::Gcm(len) => len,
            Self::TripleDes => 24,
        }
    }

    /// Decrypts; the initial vector stands first, as XML Encryption has it. The error says what did not fit.
    pub(super) fn decrypt(self, key: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
        if key.len() != self.key_len() {
            return Err(format!("the content key has {} bits, the cipher takes {}", key.len() * 8, self.key_len() * 8));
        }
        match self {
            Self::Cbc(_) => cbc(key, data),
            Self::Gcm(_) => gcm(key, data),
            Self::TripleDes => triple_des(key, data),
        }
    }
}

fn cbc(key: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    let algorithm = match key.len() {
        16 => &cipher::AES_128,
        24 => &cipher::AES_192,
        _ => &cipher::AES_256,
    };
    let (iv, mut content) = split(data, 16)?;
    let iv: [u8; 16] = iv.try_into().map_err(|_| "no initial vector".to_owned())?;
    let key = UnboundCipherKey::new(algorithm, key).and_then(DecryptingKey::cbc).map_err(|_| "the key was refused")?;
    key.decrypt(&mut content, DecryptionContext::Iv128(FixedLength::from(iv))).map_err(|_| "decryption failed")?;
    unpad(content, 16)
}

fn gcm(key: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    let algorithm = match key.len() {
        16 => &aead::AES_128_GCM,
        24 => &aead::AES_192_GCM,
        _ => &aead::AES_256_GCM,
    };
    if data.len() < 12 + 16 {
        return Err(format!("{} bytes of cipher text, less than an initial vector and a tag", data.len()));
    }
    let (nonce, content) = data.split_at(12);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| "no initial vector".to_owned())?;
    let key = UnboundKey::new(algorithm, key).map(LessSafeKey::new).map_err(|_| "the key was refused".to_owned())?;
    let mut content = content.to_vec();
    let length = key
        .open_in_place(nonce, Aad::empty(), &mut content)
        .map_err(|_| "the authentication tag does not match: another key, or the cipher text was changed".to_owned())?
        .len();
    content.truncate(length);
    Ok(content)
}

fn triple_des(key: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    use des::TdesEde3;
    use des::cipher::{BlockDecrypt, KeyInit};
    let cipher = TdesEde3::new_from_slice(key).map_err(|_| "the key was refused".to_owned())?;
    let (iv, mut content) = split(data, 8)?;
    let mut previous = iv.to_vec();
    for block in content.chunks_exact_mut(8) {
        let encrypted = block.to_vec();
        cipher.decrypt_block(block.into());
        block.iter_mut().zip(&previous).for_each(|(byte, mask)| *byte ^= mask);
        previous = encrypted;
    }
    unpad(content, 8)
}

fn split(data: &[u8], block: usize) -> Result<(&[u8], Vec<u8>), String> {
    if data.len() < 2 * block || !data.len().is_multiple_of(block) {
        return Err(format!("{} bytes of cipher text are no whole blocks after an initial vector", data.len()));
    }
    let (iv, content) = data.split_at(block);
    Ok((iv, content.to_vec()))
}

/// Takes the padding off; only its last byte has a meaning in XML Encryption, the others are arbitrary.
fn unpad(mut content: Vec<u8>, block: usize) -> Result<Vec<u8>, String> {
    let padding = content.last().map_or(0, |byte| usize::from(*byte));
    if padding == 0 || padding > block {
        return Err(format!("the padding says {padding}: another key, or the cipher text was changed"));
    }
    content.truncate(content.len() - padding);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(vec![7, 9, 9, 3], Ok(vec![7]))]
    #[case(vec![4, 3, 2, 4], Ok(vec![]))]
    #[case(vec![1, 2, 3, 0], Err(()))]
    #[case(vec![1, 2, 3, 5], Err(()))]
    fn only_the_last_byte_of_the_padding_counts(#[case] content: Vec<u8>, #[case] plain: Result<Vec<u8>, ()>) {
        assert_eq!(unpad(content, 4).map_err(|_| ()), plain);
    }

    #[rstest]
    #[case(Cipher::Cbc(16))]
    #[case(Cipher::Cbc(32))]
    #[case(Cipher::Gcm(16))]
    #[case(Cipher::TripleDes)]
    fn cut_data_is_an_error_and_no_panic(#[case] cipher: Cipher) {
        for length in 0..64 {
            let _ = cipher.decrypt(&vec![1; cipher.key_len()], &vec![2; length]);
            assert!(cipher.decrypt(&[], &vec![2; length]).is_err());
        }
    }
}
