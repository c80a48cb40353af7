//! The keys that the caller trusts, and the keys with which it can decrypt.

mod certificate;
mod public;

use std::collections::BTreeSet;
use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD};
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};

pub use certificate::Certificate;
pub use public::{Curve, PublicKey};
pub(crate) use public::{der, der_integer};

/// A key that cannot be read; says what was found instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub(crate) String);

/// What a signature may be made with.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Certificates whose keys are trusted; they also answer references by thumbprint, issuer and serial, …
    pub certificates: Vec<Certificate>,
    /// Trusted keys without a certificate.
    pub public_keys: Vec<PublicKey>,
    /// Secrets shared with the signer: proof keys, session keys.
    pub secrets: Vec<Secret>,
    /// What to do with a key that the message brings along.
    pub carried: Carried,
    /// Opens the encrypted keys by which a message may name a secret.
    pub decryption: DecryptionKeys,
    /// URIs of algorithms that are refused even where they would verify.
    pub forbidden: BTreeSet<String>,
}

/// Whether a key that a message brings along may verify its signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Carried {
    /// Only where it equals a key that the caller trusts.
    #[default]
    MustBeTrusted,
    /// Always: proves that the message was not changed after signing, and nothing about who signed.
    Any,
}

/// A secret shared with the other side.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// What reports call it, instead of showing it.
    pub label: String,
    /// The key itself.
    pub bytes: Vec<u8>,
    /// Names by which a message may refer to it: a `KeyName`, the id of a token, a base64 `EncryptedKeySHA1`.
    pub names: Vec<String>,
}

/// What can be decrypted with.
#[derive(Debug, Clone, Default)]
pub struct DecryptionKeys {
    /// RSA keys, tried in this order.
    pub private: Vec<PrivateKey>,
    /// Symmetric keys: content keys known beforehand, or keys that wrap others.
    pub secrets: Vec<Secret>,
}

/// An RSA private key for decryption.
#[derive(Clone)]
pub struct PrivateKey {
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) plain: RsaPrivateKey,
    label: String,
    public: PublicKey,
}

impl Keys {
    /// Trusts one certificate and nothing else.
    pub fn trusting(certificate: Certificate) -> Self {
        Self { certificates: vec![certificate], ..Self::default() }
    }

    /// Whether this is the key of a trusted certificate or a trusted key of its own.
    pub fn trusts(&self, key: &PublicKey) -> bool {
        self.public_keys.contains(key) || self.certificates.iter().any(|certificate| certificate.key() == key)
    }
}

impl Secret {
    /// A secret that goes by its label alone.
    pub fn new(label: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { label: label.into(), bytes: bytes.into(), names: Vec::new() }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, {} bits)", self.label, self.bytes.len() * 8)
    }
}

impl PrivateKey {
    /// Reads a PEM text, PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    pub fn from_pem(label: impl Into<String>, text: &str) -> Result<Self, KeyError> {
        match pem(text, "PRIVATE KEY") {
            Ok(pkcs8) => Self::from_pkcs8(label, &pkcs8),
            Err(missing) => {
                let pkcs1 = pem(text, "RSA PRIVATE KEY").map_err(|_| missing)?;
                let key = RsaPrivateKey::from_pkcs1_der(&pkcs1).map_err(|error| KeyError(error.to_string()))?;
                let pkcs8 = key.to_pkcs8_der().map_err(|error| KeyError(error.to_string()))?;
                Self::from_pkcs8(label, pkcs8.as_bytes())
            }
        }
    }

    /// Reads a DER PKCS#8 key.
    pub fn from_pkcs8(label: impl Into<String>, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let plain = RsaPrivateKey::from_pkcs8_der(pkcs8)
            .map_err(|error| KeyError(format!("no RSA private key in PKCS#8: {error}")))?;
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|error| KeyError(error.to_string()))?;
        let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
            key.public_key().as_der().map_err(|error| KeyError(error.to_string()))?;
        let public = PublicKey::from_spki(spki.as_ref())?;
        Ok(Self { pkcs8: pkcs8.to_vec(), plain, label: label.into(), public })
    }

    /// What reports call it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, {})", self.label, self.public.words())
    }
}

/// The bytes between the lines that name `label`.
pub(crate) fn pem(text: &str, label: &str) -> Result<Vec<u8>, KeyError> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let body = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(body, _)| body);
    let body = body.ok_or_else(|| KeyError(format!("no `{begin}` in the PEM text")))?;
    base64(body).ok_or_else(|| KeyError(format!("the PEM block `{label}` is no base64")))
}

/// Decodes base64 as XML Schema has it: white space anywhere, padding required.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    // Bits that belong to no byte may be set: every other reader takes that, and a digest still has to match.
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
    );
    let compact: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).collect();
    LENIENT.decode(compact).ok()
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let keys = Keys { secrets: vec![Secret::new("proof key", *b"very secret")], ..Keys::default() };
        let shown = format!("{keys:?}");
        assert!(shown.contains("proof key") && !shown.contains("very") && !shown.contains("118, 101"), "{shown}");
    }

    #[test]
    fn base64_may_be_broken_into_lines_but_not_cut() {
        assert_eq!(base64(" AQ\r\nI=\t"), Some(vec![1, 2]));
        assert_eq!(base64("AQI"), None);
        assert_eq!(base64("AQI=x"), None);
    }
}
