//! How a content key travels: encrypted to an RSA key.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
};
use rsa::Oaep;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::keys::PrivateKey;

/// The padding around a key encrypted to an RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Pkcs1,
    Oaep { digest: Hash, mask: Hash },
}

/// A hash that OAEP may be built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The hash that a `ds:DigestMethod` names.
    pub(super) fn from_digest_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Self::Sha1,
            "http://www.w3.org/2001/04/xmldsig-more#sha224" => Self::Sha224,
            "http://www.w3.org/2001/04/xmlenc#sha256" => Self::Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" | "http://www.w3.org/2001/04/xmlenc#sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => Self::Sha512,
            _ => return None,
        })
    }

    /// The hash of the mask generation function that an `xenc11:MGF` names.
    pub(super) fn from_mask_uri(uri: &str) -> Option<Self> {
        Some(match uri.strip_prefix("http://www.w3.org/2009/xmlenc11#mgf1")? {
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }
}

impl Transport {
    /// Decrypts a transported key, or says why that failed.
    pub(super) fn decrypt(self, key: &PrivateKey, label: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
        let wanted = key.public().bits().div_ceil(8);
        if data.len() != wanted {
            return Err(format!(
                "{} bytes of cipher text, the key takes {wanted}: encrypted to another key",
                data.len()
            ));
        }
        let failed = || "the padding does not open: encrypted to another key, or with other parameters".to_owned();
        match self {
            Self::Pkcs1 => pkcs1(key, data).ok_or_else(failed),
            Self::Oaep { digest, mask } if digest == mask && digest != Hash::Sha224 => {
                oaep(key, digest, label, data).ok_or_else(failed)
            }
            Self::Oaep { digest, mask } => mixed_oaep(key, digest, mask, label, data)?.ok_or_else(failed),
        }
    }
}

fn pkcs1(key: &PrivateKey, data: &[u8]) -> Option<Vec<u8>> {
    let key = Pkcs1PrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&key.pkcs8).ok()?).ok()?;
    let mut output = vec![0; key.min_output_size()];
    key.decrypt(data, &mut output).ok().map(|plain| plain.to_vec())
}

fn oaep(key: &PrivateKey, hash: Hash, label: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match hash {
        Hash::Sha1 | Hash::Sha224 => &OAEP_SHA1_MGF1SHA1,
        Hash::Sha256 => &OAEP_SHA256_MGF1SHA256,
        Hash::Sha384 => &OAEP_SHA384_MGF1SHA384,
        Hash::Sha512 => &OAEP_SHA512_MGF1SHA512,
    };
    let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&key.pkcs8).ok()?).ok()?;
    let mut output = vec![0; key.min_output_size()];
    let label = (!label.is_empty()).then_some(label);
    key.decrypt(algorithm, data, &mut output, label).ok().map(|plain| plain.to_vec())
}

/// Unequal hashes for label and mask, which the fast library does not have.
fn mixed_oaep(
    key: &PrivateKey,
    digest: Hash,
    mask: Hash,
    label: &[u8],
    data: &[u8],
) -> Result<Option<Vec<u8>>, String> {
    macro_rules! with_mask {
        ($digest:ty) => {
            match mask {
                Hash::Sha1 => Oaep::new_with_mgf_hash::<$digest, Sha1>(),
                Hash::Sha224 => Oaep::new_with_mgf_hash::<$digest, Sha224>(),
                Hash::Sha256 => Oaep::new_with_mgf_hash::<$digest, Sha256>(),
                Hash::Sha384 => Oaep::new_with_mgf_hash::<$digest, Sha384>(),
                Hash::Sha512 => Oaep::new_with_mgf_hash::<$digest, Sha512>(),
            }
        };
    }
    let mut padding = match digest {
        Hash::Sha1 => with_mask!(Sha1),
        Hash::Sha224 => with_mask!(Sha224),
        Hash::Sha256 => with_mask!(Sha256),
        Hash::Sha384 => with_mask!(Sha384),
        Hash::Sha512 => with_mask!(Sha512),
    };
    if !label.is_empty() {
        let text = std::str::from_utf8(label)
            .map_err(|_| "OAEPparams that are no text, with unequal digest and mask hashes, are not supported")?;
        padding.label = Some(text.to_owned());
    }
    Ok(key.plain.decrypt(padding, data).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsa::Pkcs1v15Encrypt;

    #[test]
    fn what_is_encrypted_to_the_key_comes_back_and_nothing_else_does() {
        let pkcs8 = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = aws_lc_rs::encoding::AsDer::as_der(&pkcs8).unwrap();
        let key = PrivateKey::from_pkcs8("relying party", pkcs8.as_ref()).unwrap();
        let (mut random, public) = (rsa::rand_core::OsRng, key.plain.to_public_key());
        let sha1 = Transport::Oaep { digest: Hash::Sha1, mask: Hash::Sha1 };
        let mixed = Transport::Oaep { digest: Hash::Sha256, mask: Hash::Sha1 };
        let sha256 = Transport::Oaep { digest: Hash::Sha256, mask: Hash::Sha256 };
        let sealed = [
            (Transport::Pkcs1, public.encrypt(&mut random, Pkcs1v15Encrypt, b"key").unwrap()),
            (sha1, public.encrypt(&mut random, Oaep::new::<Sha1>(), b"key").unwrap()),
            (sha256, public.encrypt(&mut random, Oaep::new::<Sha256>(), b"key").unwrap()),
            (mixed, public.encrypt(&mut random, Oaep::new_with_mgf_hash::<Sha256, Sha1>(), b"key").unwrap()),
        ];
        for (at, (_, data)) in sealed.iter().enumerate() {
            for (other, (transport, _)) in sealed.iter().enumerate() {
                let opened = transport.decrypt(&key, &[], data);
                assert_eq!(opened.is_ok_and(|plain| plain == b"key"), at == other, "{at} opened as {other}");
            }
        }
        assert!(sha1.decrypt(&key, b"label", &sealed[1].1).is_err());
        assert!(sha1.decrypt(&key, &[], &sealed[1].1[1..]).is_err());
    }
}
