//! Digest and signature algorithms by their URI.

use aws_lc_rs::digest::{self, digest};
use aws_lc_rs::signature::{self as lc, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use aws_lc_rs::{constant_time, hmac};
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::keyinfo::Material;
use crate::keys::{Curve, PublicKey, der, der_integer};

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// How a signature value is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    RsaPkcs1(Hash),
    RsaPss(Hash),
    Ecdsa(Hash),
    Hmac(Hash),
}

/// Why a signature value is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The algorithm wants another kind of key.
    KeyKind,
    /// Key and algorithm fit, but this combination is not built in.
    Unsupported(String),
    /// The value has the wrong shape, in words.
    Shape(String),
    /// The value is not the signature of this data by this key.
    Value,
}

impl Hash {
    /// The hash that a `ds:DigestMethod` names.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Self::Sha1,
            "http://www.w3.org/2001/04/xmldsig-more#sha224" => Self::Sha224,
            "http://www.w3.org/2001/04/xmlenc#sha256" => Self::Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => Self::Sha512,
            _ => return None,
        })
    }

    pub(crate) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn from_suffix(text: &str) -> Option<Self> {
        Some(match text {
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }
}

impl SignatureAlgorithm {
    /// The algorithm that a `ds:SignatureMethod` names.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => return Some(Self::RsaPkcs1(Hash::Sha1)),
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1" => return Some(Self::Hmac(Hash::Sha1)),
            _ => {}
        }
        if let Some(pss) = uri.strip_prefix("http://www.w3.org/2007/05/xmldsig-more#") {
            return pss.strip_suffix("-rsa-MGF1").and_then(Hash::from_suffix).map(Self::RsaPss);
        }
        let (kind, hash) = uri.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#")?.split_once('-')?;
        match (kind, Hash::from_suffix(hash)?) {
            ("rsa" | "hmac", Hash::Sha1) => None,
            ("rsa", hash) => Some(Self::RsaPkcs1(hash)),
            ("ecdsa", hash) => Some(Self::Ecdsa(hash)),
            ("hmac", hash) => Some(Self::Hmac(hash)),
            _ => None,
        }
    }

    /// The kind of key it takes, in words.
    pub(crate) fn key_kind(self) -> &'static str {
        match self {
            Self::RsaPkcs1(_) | Self::RsaPss(_) => "an RSA key",
            Self::Ecdsa(_) => "an EC key",
            Self::Hmac(_) => "a shared secret",
        }
    }

    /// Checks a value. `bits` is an `HMACOutputLength`, already found long enough.
    pub(crate) fn verify(
        self,
        key: &Material,
        message: &[u8],
        value: &[u8],
        bits: Option<usize>,
    ) -> Result<(), Mismatch> {
        match (self, key) {
            (Self::RsaPkcs1(hash), Material::Public(PublicKey::Rsa { modulus, exponent })) => {
                rsa_verify(hash, false, modulus, exponent, message, value)
            }
            (Self::RsaPss(hash), Material::Public(PublicKey::Rsa { modulus, exponent })) => {
                rsa_verify(hash, true, modulus, exponent, message, value)
            }
            (Self::Ecdsa(hash), Material::Public(PublicKey::Ec { curve, point })) => {
                ecdsa_verify(hash, *curve, point, message, value)
            }
            (Self::Hmac(hash), Material::Secret(secret)) => hmac_verify(hash, secret, message, value, bits),
            _ => Err(Mismatch::KeyKind),
        }
    }

    /// The shortest `HMACOutputLength` that is accepted: half of the hash and 80 bits. `None` for other algorithms.
    pub(crate) fn least_hmac_bits(self) -> Option<(usize, usize)> {
        match self {
            Self::Hmac(hash) => {
                let whole = hash.algorithm().output_len() * 8;
                Some((80.max(whole / 2), whole))
            }
            _ => None,
        }
    }
}

fn rsa_verify(
    hash: Hash,
    pss: bool,
    modulus: &[u8],
    exponent: &[u8],
    message: &[u8],
    value: &[u8],
) -> Result<(), Mismatch> {
    if value.len() != modulus.len() {
        let (value, modulus) = (value.len(), modulus.len());
        return Err(Mismatch::Shape(format!("the value has {value} bytes, a signature by this key has {modulus}")));
    }
    let fast: Option<&RsaParameters> = match (pss, hash) {
        (false, Hash::Sha1) => Some(&lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (false, Hash::Sha256) => Some(&lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (false, Hash::Sha512) => Some(&lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        (false, Hash::Sha384) if modulus.len() >= 256 => Some(&lc::RSA_PKCS1_2048_8192_SHA384),
        (true, Hash::Sha256) if modulus.len() >= 256 => Some(&lc::RSA_PSS_2048_8192_SHA256),
        (true, Hash::Sha384) if modulus.len() >= 256 => Some(&lc::RSA_PSS_2048_8192_SHA384),
        (true, Hash::Sha512) if modulus.len() >= 256 => Some(&lc::RSA_PSS_2048_8192_SHA512),
        _ => None,
    };
    if let Some(parameters) = fast {
        let key = RsaPublicKeyComponents { n: modulus, e: exponent };
        return key.verify(parameters, message, value).map_err(|_| Mismatch::Value);
    }
    let (n, e) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let key = RsaPublicKey::new_with_max_size(n, e, 16_384)
        .map_err(|error| Mismatch::Unsupported(format!("this RSA key: {error}")))?;
    let hashed = digest(hash.algorithm(), message);
    let verified = if pss {
        let padding = match hash {
            Hash::Sha1 => Pss::new::<Sha1>(),
            Hash::Sha224 => Pss::new::<Sha224>(),
            Hash::Sha256 => Pss::new::<Sha256>(),
            Hash::Sha384 => Pss::new::<Sha384>(),
            Hash::Sha512 => Pss::new::<Sha512>(),
        };
        key.verify(padding, hashed.as_ref(), value)
    } else {
        let padding = match hash {
            Hash::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            Hash::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
            Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        };
        key.verify(padding, hashed.as_ref(), value)
    };
    verified.map_err(|_| Mismatch::Value)
}

fn ecdsa_verify(hash: Hash, curve: Curve, point: &[u8], message: &[u8], value: &[u8]) -> Result<(), Mismatch> {
    let algorithm = match (curve, hash) {
        (Curve::P256, Hash::Sha1) => &lc::ECDSA_P256_SHA1_ASN1,
        (Curve::P256, Hash::Sha256) => &lc::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Hash::Sha384) => &lc::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Hash::Sha512) => &lc::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256) => &lc::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384) => &lc::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha512) => &lc::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha1) => &lc::ECDSA_P521_SHA1_ASN1,
        (Curve::P521, Hash::Sha224) => &lc::ECDSA_P521_SHA224_ASN1,
        (Curve::P521, Hash::Sha256) => &lc::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384) => &lc::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512) => &lc::ECDSA_P521_SHA512_ASN1,
        (curve, hash) => return Err(Mismatch::Unsupported(format!("ECDSA on {curve:?} with {hash:?}"))),
    };
    let wanted = 2 * curve.coordinate();
    if value.len() != wanted {
        let der =
            if value.first() == Some(&0x30) { "; it looks like DER, XML Signature has plain r and s" } else { "" };
        return Err(Mismatch::Shape(format!("the value has {} bytes, {curve:?} makes {wanted}{der}", value.len())));
    }
    let (r, s) = value.split_at(curve.coordinate());
    let value = der(0x30, &[der_integer(r), der_integer(s)].concat());
    UnparsedPublicKey::new(algorithm, point).verify(message, &value).map_err(|_| Mismatch::Value)
}

fn hmac_verify(hash: Hash, secret: &[u8], message: &[u8], value: &[u8], bits: Option<usize>) -> Result<(), Mismatch> {
    let algorithm = match hash {
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha224 => hmac::HMAC_SHA224,
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    };
    let computed = hmac::sign(&hmac::Key::new(algorithm, secret), message);
    let length = bits.map_or(computed.as_ref().len(), |bits| bits / 8);
    if value.len() != length {
        return Err(Mismatch::Shape(format!("the value has {} bytes, the algorithm makes {length}", value.len())));
    }
    let computed = computed.as_ref().get(..length).ok_or(Mismatch::Value)?;
    constant_time::verify_slices_are_equal(computed, value).map_err(|_| Mismatch::Value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://www.w3.org/2000/09/xmldsig#rsa-sha1", Some(SignatureAlgorithm::RsaPkcs1(Hash::Sha1)))]
    #[case("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Some(SignatureAlgorithm::RsaPkcs1(Hash::Sha256)))]
    #[case("http://www.w3.org/2001/04/xmldsig-more#rsa-sha224", Some(SignatureAlgorithm::RsaPkcs1(Hash::Sha224)))]
    #[case("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", Some(SignatureAlgorithm::RsaPss(Hash::Sha256)))]
    #[case("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", Some(SignatureAlgorithm::Ecdsa(Hash::Sha512)))]
    #[case("http://www.w3.org/2001/04/xmldsig-more#hmac-sha384", Some(SignatureAlgorithm::Hmac(Hash::Sha384)))]
    #[case("http://www.w3.org/2001/04/xmldsig-more#rsa-sha1", None)]
    #[case("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", None)]
    #[case("http://www.w3.org/2000/09/xmldsig#dsa-sha1", None)]
    #[case("", None)]
    fn an_algorithm_is_known_by_its_uri(#[case] uri: &str, #[case] algorithm: Option<SignatureAlgorithm>) {
        assert_eq!(SignatureAlgorithm::from_uri(uri), algorithm);
    }

    #[test]
    fn a_public_key_is_no_secret() {
        let key = Material::Public(PublicKey::rsa(&[0xc1; 256], &[1, 0, 1]).unwrap());
        assert_eq!(SignatureAlgorithm::Hmac(Hash::Sha256).verify(&key, b"", b"", None), Err(Mismatch::KeyKind));
    }

    #[test]
    fn a_signature_in_der_is_called_so() {
        let key = Material::Public(PublicKey::ec(Curve::P256, &[4; 65]).unwrap());
        let Err(Mismatch::Shape(words)) = SignatureAlgorithm::Ecdsa(Hash::Sha256).verify(&key, b"", &[0x30; 70], None)
        else {
            panic!("another verdict")
        };
        assert!(words.contains("DER"), "{words}");
    }

    #[test]
    fn half_a_hash_is_the_least_that_is_left_of_an_hmac() {
        assert_eq!(SignatureAlgorithm::Hmac(Hash::Sha1).least_hmac_bits(), Some((80, 160)));
        assert_eq!(SignatureAlgorithm::Hmac(Hash::Sha512).least_hmac_bits(), Some((256, 512)));
        assert_eq!(SignatureAlgorithm::Ecdsa(Hash::Sha512).least_hmac_bits(), None);
    }
}
