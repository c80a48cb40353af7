//! The algorithms a token can be signed and encrypted with, and their names on the wire.

use aws_lc_rs::digest;

/// How a token or an answer is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 1.5 with SHA-1: for old peers only.
    RsaSha1,
    /// RSA PKCS#1 1.5 with SHA-256: the default.
    RsaSha256,
    /// RSA PKCS#1 1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 1.5 with SHA-512.
    RsaSha512,
    /// ECDSA on P-256 with SHA-256. Randomised: two signatures of the same text differ.
    EcdsaSha256,
    /// ECDSA on P-384 with SHA-384. Randomised: two signatures of the same text differ.
    EcdsaSha384,
}

impl SignatureAlgorithm {
    const ALL: [Self; 6] =
        [Self::RsaSha1, Self::RsaSha256, Self::RsaSha384, Self::RsaSha512, Self::EcdsaSha256, Self::EcdsaSha384];

    /// The algorithm a request names, if the mock has it.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.uri() == uri)
    }

    /// The name on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        }
    }

    /// The digest that goes with it, for the references too.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaSha1 => DigestAlgorithm::Sha1,
            Self::RsaSha256 | Self::EcdsaSha256 => DigestAlgorithm::Sha256,
            Self::RsaSha384 | Self::EcdsaSha384 => DigestAlgorithm::Sha384,
            Self::RsaSha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// How what is signed is digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-1: for old peers only.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The name on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The digest of a text given in pieces.
    pub(crate) fn of(self, pieces: &[&str]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        let mut context = digest::Context::new(algorithm);
        for piece in pieces {
            context.update(piece.as_bytes());
        }
        context.finish()
    }
}

/// How the content of a token is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentCipher {
    /// AES-128 in CBC mode.
    Aes128Cbc,
    /// AES-256 in CBC mode: the default, since every peer has it.
    Aes256Cbc,
    /// AES-128 in Galois/Counter mode.
    Aes128Gcm,
    /// AES-256 in Galois/Counter mode.
    Aes256Gcm,
}

impl ContentCipher {
    const ALL: [Self; 4] = [Self::Aes128Cbc, Self::Aes256Cbc, Self::Aes128Gcm, Self::Aes256Gcm];

    /// The cipher a request names, if the mock has it.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.uri() == uri)
    }

    /// The name on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }

    /// The length of its key in bytes.
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }
}

/// How a key is encrypted to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyTransport {
    /// RSA-OAEP with SHA-1 throughout: the default.
    Oaep,
    /// RSA-OAEP of XML Encryption 1.1, with SHA-256 throughout.
    OaepSha256,
    /// RSA PKCS#1 1.5: for old peers only.
    Pkcs1,
}

impl KeyTransport {
    const ALL: [Self; 3] = [Self::Oaep, Self::OaepSha256, Self::Pkcs1];

    /// The transport a request names, if the mock has it.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.uri() == uri)
    }

    /// The name on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Oaep => "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            Self::OaepSha256 => "http://www.w3.org/2009/xmlenc11#rsa-oaep",
            Self::Pkcs1 => "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_own_name() {
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(SignatureAlgorithm::from_uri(algorithm.uri()), Some(algorithm));
        }
        for cipher in ContentCipher::ALL {
            assert_eq!(ContentCipher::from_uri(cipher.uri()), Some(cipher));
        }
        for transport in KeyTransport::ALL {
            assert_eq!(KeyTransport::from_uri(transport.uri()), Some(transport));
        }
    }

    #[test]
    fn a_digest_does_not_depend_on_where_the_text_is_cut() {
        let whole = DigestAlgorithm::Sha256.of(&["abc"]);
        assert_eq!(whole.as_ref(), DigestAlgorithm::Sha256.of(&["a", "", "bc"]).as_ref());
        assert_eq!(whole.as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
