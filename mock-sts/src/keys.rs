//! The mock's keys and certificates: fixed, published, and worthless outside a test.
//!
//! Every copy of the mock has the same ones, so a test can have them at hand before the mock runs. Their subjects say
//! so: `O=mock-sts PUBLIC TEST KEY, do not trust`. They hold from 2020 to 2120 but for the one that is meant to be
//! expired. Files: `mock-sts/keys/`; how they were made: `examples/make-keys.rs`.
//!
//! A ready [`Identity`] is parsed when it is first asked for, once in a process.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair,
};
use rsa::pkcs8::DecodePrivateKey as _;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use x509_parser::extensions::ParsedExtension;

/// A certificate and its key as they lie in `mock-sts/keys/`, ready to be handed to a client under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pem {
    /// The certificate.
    pub certificate: &'static str,
    /// The private key, PKCS #8.
    pub key: &'static str,
}

macro_rules! published {
    ($($(#[$doc:meta])* $name:ident, $ready:ident = $file:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: Pem = Pem {
            certificate: include_str!(concat!("../keys/", $file, ".cert.pem")),
            key: include_str!(concat!("../keys/", $file, ".key.pem")),
        };

        $(#[$doc])*
        pub fn $ready() -> &'static Identity {
            static READY: LazyLock<Identity> = LazyLock::new(|| Identity::read($file, $name));
            &READY
        }
    )*};
}

published! {
    /// Signed every other certificate here but the untrusted one; the root a client of the mock's HTTPS port needs.
    CA, ca = "ca";
    /// What the HTTPS port shows: ECDSA P-256, for `localhost`, `127.0.0.1` and `::1`.
    TLS, tls = "tls";
    /// Signs tokens by default: RSA-2048.
    SIGNING_RSA, signing_rsa = "signing-rsa";
    /// Signs tokens where ECDSA with P-256 is wanted.
    SIGNING_P256, signing_p256 = "signing-p256";
    /// Signs tokens where ECDSA with P-384 is wanted.
    SIGNING_P384, signing_p384 = "signing-p384";
    /// A client that the mock trusts: RSA-2048.
    CLIENT, client = "client";
    /// That client's certificate of old: signed by the CA, over since 2021.
    CLIENT_EXPIRED, client_expired = "client-expired";
    /// A client that nobody vouches for: its certificate is signed by itself.
    CLIENT_UNTRUSTED, client_untrusted = "client-untrusted";
    /// The relying party that tokens are encrypted for: RSA-2048.
    RELYING_PARTY, relying_party = "relying-party";
}

/// A certificate with its key, parsed and ready for use.
pub struct Identity {
    name: &'static str,
    pem: Pem,
    certificate: CertificateDer<'static>,
    pkcs8: PrivatePkcs8KeyDer<'static>,
    // Reading a private key checks it, which takes far longer than reading a certificate.
    key: OnceLock<KeyPair>,
    thumbprint: [u8; 20],
    subject_key_identifier: Option<Vec<u8>>,
    rsa: OnceLock<rsa::RsaPrivateKey>,
}

/// The key of an [`Identity`], as the signing code wants it.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyPair {
    /// RSA, any digest.
    Rsa(RsaKeyPair),
    /// ECDSA on P-256 with SHA-256; signatures are `r || s`, as XML Signature has them.
    P256(EcdsaKeyPair),
    /// ECDSA on P-384 with SHA-384; signatures are `r || s`.
    P384(EcdsaKeyPair),
}

impl Identity {
    /// The name of its files in `mock-sts/keys/`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Certificate and key as text.
    pub fn pem(&self) -> Pem {
        self.pem
    }

    /// The certificate as DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The private key as PKCS #8 in DER.
    pub fn pkcs8(&self) -> &PrivatePkcs8KeyDer<'static> {
        &self.pkcs8
    }

    /// The key, ready to sign.
    ///
    /// # Panics
    /// When a published key is broken, which a test would have told.
    pub fn key(&self) -> &KeyPair {
        self.key.get_or_init(|| {
            KeyPair::read(self.pkcs8.secret_pkcs8_der()).expect("a published key is RSA, P-256 or P-384")
        })
    }

    /// SHA-1 of the certificate: what a thumbprint reference holds.
    pub fn thumbprint(&self) -> &[u8; 20] {
        &self.thumbprint
    }

    /// The value of the certificate's `SubjectKeyIdentifier` extension.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.subject_key_identifier.as_deref()
    }

    /// The key for what aws-lc-rs refuses: signing with SHA-1, and OAEP with two different hashes. None for ECDSA.
    ///
    /// # Panics
    /// When a published key is broken, which a test would have told.
    pub fn rsa(&self) -> Option<&rsa::RsaPrivateKey> {
        matches!(self.key(), KeyPair::Rsa(_)).then(|| {
            self.rsa.get_or_init(|| {
                rsa::RsaPrivateKey::from_pkcs8_der(self.pkcs8.secret_pkcs8_der()).expect("a published RSA key")
            })
        })
    }

    /// # Panics
    /// When a published key is broken, which a test would have told.
    fn read(name: &'static str, pem: Pem) -> Self {
        let certificate = CertificateDer::from_pem_slice(pem.certificate.as_bytes()).expect("a published certificate");
        let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(pem.key.as_bytes()).expect("a published key");
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        Self {
            name,
            pem,
            thumbprint: hash.as_ref().try_into().expect("SHA-1 has 20 bytes"),
            subject_key_identifier: subject_key_identifier(&certificate),
            certificate,
            pkcs8,
            key: OnceLock::new(),
            rsa: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("name", &self.name).finish_non_exhaustive()
    }
}

impl KeyPair {
    fn read(pkcs8: &[u8]) -> Option<Self> {
        let ecdsa = |algorithm: &'static EcdsaSigningAlgorithm| EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok();
        let rsa = RsaKeyPair::from_pkcs8(pkcs8).ok().map(Self::Rsa);
        rsa.or_else(|| ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::P256))
            .or_else(|| ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::P384))
    }
}

fn subject_key_identifier(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [&'static Identity; 9] {
        let signing = [signing_rsa(), signing_p256(), signing_p384()];
        let clients = [client(), client_expired(), client_untrusted()];
        let [rsa, p256, p384] = signing;
        let [good, expired, untrusted] = clients;
        [ca(), tls(), rsa, p256, p384, good, expired, untrusted, relying_party()]
    }

    #[test]
    fn every_certificate_says_that_its_key_is_public() {
        for identity in all() {
            let (_, parsed) = x509_parser::parse_x509_certificate(identity.certificate()).unwrap();
            let subject = parsed.subject().to_string();
            assert!(subject.contains("mock-sts PUBLIC TEST KEY, do not trust"), "{}: {subject}", identity.name());
            assert_eq!(parsed.validity().not_before.to_datetime().year(), 2020);
            let end = if identity.name() == "client-expired" { 2021 } else { 2120 };
            assert_eq!(parsed.validity().not_after.to_datetime().year(), end, "{}", identity.name());
        }
    }

    #[test]
    fn every_certificate_is_found_by_its_subject_key_identifier() {
        for identity in all() {
            assert!(identity.subject_key_identifier().is_some_and(|id| id.len() == 20), "{}", identity.name());
        }
    }

    #[test]
    fn every_key_belongs_to_its_certificate() {
        use aws_lc_rs::signature::KeyPair as _;
        for identity in all() {
            let (_, parsed) = x509_parser::parse_x509_certificate(identity.certificate()).unwrap();
            let public = parsed.public_key().subject_public_key.data.as_ref();
            let ours = match identity.key() {
                KeyPair::Rsa(key) => key.public_key().as_ref(),
                KeyPair::P256(key) | KeyPair::P384(key) => key.public_key().as_ref(),
            };
            assert_eq!(public, ours, "{}", identity.name());
            assert_eq!(identity.rsa().is_some(), matches!(identity.key(), KeyPair::Rsa(_)));
        }
    }

    #[test]
    fn the_ca_vouches_for_all_but_the_stranger() {
        use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
        let KeyPair::Rsa(ca_key) = ca().key() else { panic!("the CA signs with RSA") };
        let ca_key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, ca_key.public_key().as_ref());
        for identity in all() {
            let (_, parsed) = x509_parser::parse_x509_certificate(identity.certificate()).unwrap();
            let vouched = ca_key.verify(parsed.tbs_certificate.as_ref(), &parsed.signature_value.data).is_ok();
            assert_eq!(vouched, identity.name() != "client-untrusted", "{}", identity.name());
        }
    }
}
