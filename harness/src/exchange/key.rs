//! Keys that sign, and the algorithms that they sign with.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use sha1::{Digest as _, Sha1};

/// A key that signs. Its `Debug` form says only what kind it is.
pub enum SigningKey {
    /// RSA, in both libraries: the fast one refuses SHA-1.
    Rsa(Box<RsaKeyPair>, Box<RsaPrivateKey>),
    /// ECDSA on P-256.
    P256(EcdsaKeyPair),
    /// ECDSA on P-384.
    P384(EcdsaKeyPair),
    /// A shared secret.
    Secret(Vec<u8>),
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-1.
    RsaSha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaSha512,
    /// ECDSA with SHA-256, on P-256.
    EcdsaSha256,
    /// ECDSA with SHA-384, on P-384.
    EcdsaSha384,
    /// HMAC with SHA-1.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
}

/// How a part is digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigestAlgorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl SigningKey {
    /// Reads a PKCS#8 or PKCS#1 private key from PEM.
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| format!("no private key: {error}"))?;
        match der {
            PrivateKeyDer::Pkcs8(der) => Self::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => {
                use rsa::pkcs1::DecodeRsaPrivateKey as _;
                let fast = RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(|error| refused(&error))?;
                let old = RsaPrivateKey::from_pkcs1_der(der.secret_pkcs1_der()).map_err(|error| refused(&error))?;
                Ok(Self::Rsa(Box::new(fast), Box::new(old)))
            }
            _ => Err("the private key is in the SEC1 form: convert it with `openssl pkcs8 -topk8 -nodes`".to_owned()),
        }
    }

    /// Reads a PKCS#8 private key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        if let Ok(fast) = RsaKeyPair::from_pkcs8(der) {
            let old = RsaPrivateKey::from_pkcs8_der(der).map_err(|error| refused(&error))?;
            return Ok(Self::Rsa(Box::new(fast), Box::new(old)));
        }
        if let Ok(key) = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            return Ok(Self::P256(key));
        }
        EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, der)
            .map(Self::P384)
            .map_err(|_| "the private key is neither RSA (2048 bits or more) nor ECDSA on P-256 or P-384".to_owned())
    }

    /// What this key signs with unless something else is asked.
    pub fn usual(&self) -> SignatureAlgorithm {
        match self {
            Self::Rsa(..) => SignatureAlgorithm::RsaSha256,
            Self::P256(_) => SignatureAlgorithm::EcdsaSha256,
            Self::P384(_) => SignatureAlgorithm::EcdsaSha384,
            Self::Secret(_) => SignatureAlgorithm::HmacSha1, // the one that every WS-Security product has
        }
    }

    /// Signs, or says why this key and this algorithm do not go together.
    pub fn sign(&self, algorithm: SignatureAlgorithm, bytes: &[u8]) -> Result<Vec<u8>, String> {
        use SignatureAlgorithm as A;
        let random = SystemRandom::new();
        match (self, algorithm) {
            (Self::Rsa(_, old), A::RsaSha1) => {
                old.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(bytes)).map_err(|error| refused(&error))
            }
            (Self::Rsa(key, _), A::RsaSha256 | A::RsaSha384 | A::RsaSha512) => {
                let padding: &dyn signature::RsaEncoding = match algorithm {
                    A::RsaSha256 => &signature::RSA_PKCS1_SHA256,
                    A::RsaSha384 => &signature::RSA_PKCS1_SHA384,
                    _ => &signature::RSA_PKCS1_SHA512,
                };
                let mut signed = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, bytes, &mut signed).map_err(|error| refused(&error))?;
                Ok(signed)
            }
            (Self::P256(key), A::EcdsaSha256) | (Self::P384(key), A::EcdsaSha384) => {
                key.sign(&random, bytes).map(|signed| signed.as_ref().to_vec()).map_err(|error| refused(&error))
            }
            (Self::Secret(secret), A::HmacSha1 | A::HmacSha256) => {
                let kind =
                    if algorithm == A::HmacSha1 { hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY } else { hmac::HMAC_SHA256 };
                Ok(hmac::sign(&hmac::Key::new(kind, secret), bytes).as_ref().to_vec())
            }
            _ => Err(format!("{self:?} cannot sign with {algorithm:?}")),
        }
    }
}

fn refused(error: &dyn fmt::Display) -> String {
    format!("the private key is refused: {error}")
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa(..) => "an RSA key",
            Self::P256(_) => "an ECDSA key on P-256",
            Self::P384(_) => "an ECDSA key on P-384",
            Self::Secret(_) => "a shared secret",
        })
    }
}

impl SignatureAlgorithm {
    /// Its name in a message.
    pub fn uri(self) -> &'static str {
        match self {
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::HmacSha1 => "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            Self::HmacSha256 => "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        }
    }
}

impl DigestAlgorithm {
    /// Its name in a message.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The digest of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}
