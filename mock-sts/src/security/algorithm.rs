//! The algorithms that are accepted, by URI. Anything else is `wsse:UnsupportedAlgorithm`.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::fault::{Fault, SecurityCode};
use crate::read::Outcome;

use super::Key;
use super::spki::{self, Parsed};

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureMethod {
    Rsa(Hash),
    Ecdsa(Hash),
    Hmac(Hash),
}

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl SignatureMethod {
    pub(super) fn of(uri: &str) -> Outcome<Self> {
        Ok(match uri {
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Self::Rsa(Hash::Sha1),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Self::Rsa(Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::Rsa(Hash::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::Rsa(Hash::Sha512),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Self::Ecdsa(Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Self::Ecdsa(Hash::Sha384),
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1" => Self::Hmac(Hash::Sha1),
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256" => Self::Hmac(Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384" => Self::Hmac(Hash::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512" => Self::Hmac(Hash::Sha512),
            _ => return unsupported(),
        })
    }

    /// The method of a certificate's own signature.
    pub(super) fn of_certificate(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.1.1.11" => Self::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::Rsa(Hash::Sha512),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            _ => return None,
        })
    }

    /// Whether a signature over a message is right. A key of another kind than the method's makes none right: a public
    /// key must never serve as a secret.
    pub(super) fn verify(self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        match (self, key) {
            (Self::Hmac(hash), Key::Secret(secret)) => {
                hmac::verify(&hmac::Key::new(hash.hmac(), secret), message, signature).is_ok()
            }
            (Self::Rsa(_) | Self::Ecdsa(_), Key::Public(key)) => {
                self.verify_public(&key.spki, message, signature, false)
            }
            _ => false,
        }
    }

    pub(super) fn verify_certificate(self, spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
        self.verify_public(spki, message, signature, true)
    }

    /// XML Signature writes ECDSA signatures as two numbers in a row, X.509 in ASN.1.
    fn verify_public(self, spki: &[u8], message: &[u8], signature: &[u8], is_asn1: bool) -> bool {
        let with = |algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        match (self, spki::parse(spki)) {
            (Self::Rsa(hash), Some(Parsed::Rsa(key))) => with(
                match hash {
                    Hash::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
                    Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                    Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
                    Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
                },
                key,
            ),
            (Self::Ecdsa(Hash::Sha256), Some(Parsed::P256(key))) if is_asn1 => with(&ECDSA_P256_SHA256_ASN1, key),
            (Self::Ecdsa(Hash::Sha256), Some(Parsed::P256(key))) => with(&ECDSA_P256_SHA256_FIXED, key),
            (Self::Ecdsa(Hash::Sha384), Some(Parsed::P384(key))) if is_asn1 => with(&ECDSA_P384_SHA384_ASN1, key),
            (Self::Ecdsa(Hash::Sha384), Some(Parsed::P384(key))) => with(&ECDSA_P384_SHA384_FIXED, key),
            _ => false,
        }
    }
}

impl Hash {
    pub(super) fn of(uri: &str) -> Outcome<Self> {
        Ok(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Self::Sha1,
            "http://www.w3.org/2001/04/xmlenc#sha256" => Self::Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => Self::Sha512,
            _ => return unsupported(),
        })
    }

    pub(super) fn digest(self) -> &'static Algorithm {
        match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

pub(super) fn unsupported<T>() -> Outcome<T> {
    Err(Box::new(Fault::of(SecurityCode::UnsupportedAlgorithm)))
}
