//! The keys in use: who signs with which algorithm, and to whom secrets are encrypted.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rsa::RsaPublicKey;
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::keys::{self, Identity, KeyPair};
use crate::token::algorithm::{DigestAlgorithm, SignatureAlgorithm};

/// The keys that an STS signs with: one for RSA, one for each curve. Each is parsed when it is first needed.
#[derive(Debug)]
pub(crate) struct Keyring {
    rsa: Slot,
    p256: Slot,
    p384: Slot,
}

impl Keyring {
    /// The published keys.
    pub(crate) const fn published() -> Self {
        Self {
            rsa: Slot::new(keys::signing_rsa),
            p256: Slot::new(keys::signing_p256),
            p384: Slot::new(keys::signing_p384),
        }
    }

    /// A key that nobody announced, in the place of all three.
    pub(crate) const fn unannounced() -> Self {
        Self {
            rsa: Slot::new(keys::client_untrusted),
            p256: Slot::new(keys::client_untrusted),
            p384: Slot::new(keys::client_untrusted),
        }
    }

    /// The certificate that verifies signatures of this algorithm, as base64 of its DER.
    pub(crate) fn certificate(&self, algorithm: SignatureAlgorithm) -> &str {
        self.slot(algorithm).certificate()
    }

    /// Signs a message. RSA signatures are the same each time, those of ECDSA are not: aws-lc draws their nonce itself.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        self.slot(algorithm).sign(algorithm, message)
    }

    fn slot(&self, algorithm: SignatureAlgorithm) -> &Slot {
        match algorithm {
            SignatureAlgorithm::EcdsaSha256 => &self.p256,
            SignatureAlgorithm::EcdsaSha384 => &self.p384,
            _ => &self.rsa,
        }
    }
}

/// One key, with what is derived from it once.
#[derive(Debug)]
struct Slot {
    identity: fn() -> &'static Identity,
    certificate: OnceLock<String>,
    sha1: OnceLock<pkcs1v15::SigningKey<sha1::Sha1>>,
}

impl Slot {
    const fn new(identity: fn() -> &'static Identity) -> Self {
        Self { identity, certificate: OnceLock::new(), sha1: OnceLock::new() }
    }

    fn certificate(&self) -> &str {
        self.certificate.get_or_init(|| BASE64.encode((self.identity)().certificate()))
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        match (self.identity)().key() {
            KeyPair::Rsa(_) if algorithm == SignatureAlgorithm::RsaSha1 => self.sign_sha1(message),
            KeyPair::Rsa(key) => sign_rsa(key, rsa_encoding(algorithm), message),
            KeyPair::P256(key) | KeyPair::P384(key) => sign_ecdsa(key, message),
        }
    }

    /// aws-lc does not sign with SHA-1.
    fn sign_sha1(&self, message: &[u8]) -> Vec<u8> {
        let key = self.sha1.get_or_init(|| {
            let key = (self.identity)().rsa().expect("an RSA key is one for both libraries");
            pkcs1v15::SigningKey::new(key.clone())
        });
        key.sign(message).to_vec()
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> &'static dyn RsaEncoding {
    match algorithm.digest() {
        DigestAlgorithm::Sha384 => &RSA_PKCS1_SHA384,
        DigestAlgorithm::Sha512 => &RSA_PKCS1_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

fn sign_rsa(key: &RsaKeyPair, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signed = vec![0; key.public_modulus_len()];
    let done = key.sign(encoding, &SystemRandom::new(), message, &mut signed);
    done.expect("a key that was read signs, and the buffer has the length of its modulus");
    signed
}

fn sign_ecdsa(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message).expect("a key that was read signs").as_ref().to_vec()
}

/// Somebody to encrypt to.
#[derive(Debug, Clone)]
pub struct Recipient {
    key: RsaPublicKey,
    thumbprint: String,
}

/// A certificate that cannot be encrypted to, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recipient's certificate cannot be used: {0}; give X.509 in DER with an RSA key of 2048 bits or more")]
pub struct UnusableRecipient(String);

/// The smallest modulus that has room for the largest secret under every key transport, in bytes.
const LEAST_MODULUS: usize = 256;

impl Recipient {
    /// The holder of a certificate given as DER.
    pub fn from_der(der: &[u8]) -> Result<Self, UnusableRecipient> {
        use rsa::traits::PublicKeyParts as _;
        let (_, certificate) = X509Certificate::from_der(der).map_err(|why| UnusableRecipient(why.to_string()))?;
        let key = RsaPublicKey::from_public_key_der(certificate.public_key().raw);
        let key = key.map_err(|why| UnusableRecipient(why.to_string()))?;
        if key.size() < LEAST_MODULUS {
            return Err(UnusableRecipient("its key is too short".to_owned()));
        }
        Ok(Self { key, thumbprint: BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, der)) })
    }

    /// The published relying party.
    ///
    /// # Panics
    /// When the published certificate is broken, which a test would have told.
    pub fn published() -> Self {
        Self::from_der(keys::relying_party().certificate()).expect("the published certificate has an RSA key")
    }

    /// The STS itself: the key that it opens secrets with is the one that it signs with.
    ///
    /// # Panics
    /// When the published certificate is broken, which a test would have told.
    pub fn itself() -> Self {
        Self::from_der(keys::signing_rsa().certificate()).expect("the published certificate has an RSA key")
    }

    /// The public key.
    pub(crate) fn key(&self) -> &RsaPublicKey {
        &self.key
    }

    /// Base64 of the SHA-1 of the certificate: how WS-Security 1.1 names it.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rsa_certificates_can_be_encrypted_to() {
        assert!(Recipient::from_der(keys::relying_party().certificate()).is_ok());
        assert!(Recipient::from_der(keys::tls().certificate()).is_err());
        assert!(Recipient::from_der(b"no certificate").is_err());
    }

    #[test]
    fn rsa_signatures_are_the_same_each_time() {
        let keyring = Keyring::published();
        for algorithm in [SignatureAlgorithm::RsaSha1, SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha512] {
            assert_eq!(keyring.sign(algorithm, b"text"), keyring.sign(algorithm, b"text"));
        }
    }
}
