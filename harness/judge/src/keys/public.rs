//! Public keys, brought to one form so that two of them can be compared wherever they come from.

use aws_lc_rs::digest::{SHA256, digest};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::KeyError;

/// An elliptic curve on which signatures are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256, also called secp256r1 and prime256v1.
    P256,
    /// NIST P-384, also called secp384r1.
    P384,
    /// NIST P-521, also called secp521r1.
    P521,
}

impl Curve {
    /// The curve with this object identifier, in dotted form.
    pub fn from_oid(oid: &str) -> Option<Self> {
        match oid {
            "1.2.840.10045.3.1.7" => Some(Self::P256),
            "1.3.132.0.34" => Some(Self::P384),
            "1.3.132.0.35" => Some(Self::P521),
            _ => None,
        }
    }

    /// The length of one coordinate in bytes; a signature in XML is twice as long.
    pub fn coordinate(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    fn oid_der(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }
}

/// A public key; equal keys are equal values, whether they came from a certificate or from a `KeyValue`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PublicKey {
    /// RSA, both numbers big-endian without leading zeros.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// A point of an elliptic curve.
    Ec {
        /// The curve.
        curve: Curve,
        /// The uncompressed point, beginning with 4.
        point: Vec<u8>,
    },
}

impl PublicKey {
    /// An RSA key from its two numbers.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let strip = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let (modulus, exponent) = (strip(modulus), strip(exponent));
        if modulus.is_empty() || exponent.is_empty() {
            return Err(KeyError("an RSA key with an empty modulus or exponent".into()));
        }
        if modulus.len() > 2048 || exponent.len() > 8 {
            return Err(KeyError(format!("an RSA key of {} bits, more than is sensible", modulus.len() * 8)));
        }
        Ok(Self::Rsa { modulus, exponent })
    }

    /// A key on a curve from its uncompressed point.
    pub fn ec(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 1 + 2 * curve.coordinate() || point.first() != Some(&4) {
            return Err(KeyError(format!(
                "a point of {} bytes, which is no uncompressed point of {curve:?}",
                point.len()
            )));
        }
        Ok(Self::Ec { curve, point: point.to_vec() })
    }

    /// Reads a DER `SubjectPublicKeyInfo`.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let (_, spki) = SubjectPublicKeyInfo::from_der(der)
            .map_err(|error| KeyError(format!("no SubjectPublicKeyInfo: {error}")))?;
        Self::from_parsed(&spki)
    }

    /// The DER `SubjectPublicKeyInfo`, whose hash names the key.
    pub fn spki(&self) -> Vec<u8> {
        match self {
            Self::Rsa { modulus, exponent } => {
                const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
                let numbers = der(0x30, &[der_integer(modulus), der_integer(exponent)].concat());
                der(0x30, &[der(0x30, RSA), der(0x03, &[&[0], numbers.as_slice()].concat())].concat())
            }
            Self::Ec { curve, point } => {
                const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
                let algorithm = der(0x30, &[EC, curve.oid_der()].concat());
                der(0x30, &[algorithm, der(0x03, &[&[0], point.as_slice()].concat())].concat())
            }
        }
    }

    /// The SHA-256 of the `SubjectPublicKeyInfo` in hexadecimal.
    pub fn fingerprint(&self) -> String {
        super::hex(digest(&SHA256, &self.spki()).as_ref())
    }

    /// The key in words, as a report names it: `RSA of 2048 bits`.
    pub fn words(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA of {} bits", self.bits()),
            Self::Ec { curve, .. } => format!("EC on {curve:?}"),
        }
    }

    /// The size of the key in bits.
    pub fn bits(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => {
                modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize)
            }
            Self::Ec { curve: Curve::P521, .. } => 521,
            Self::Ec { curve, .. } => curve.coordinate() * 8,
        }
    }

    pub(super) fn from_parsed(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        match spki.parsed().map_err(|error| KeyError(format!("an unreadable public key: {error}")))? {
            Parsed::RSA(key) => Self::rsa(key.modulus, key.exponent),
            Parsed::EC(point) => {
                let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
                let oid = curve.map(|oid| oid.to_id_string()).unwrap_or_default();
                let curve = Curve::from_oid(&oid)
                    .ok_or_else(|| KeyError(format!("an EC key on the curve `{oid}`, which is not supported")))?;
                Self::ec(curve, point.data())
            }
            _ => Err(KeyError(format!("a key of the kind {}, which is not supported", spki.algorithm.algorithm))),
        }
    }
}

/// One DER value with its tag and length.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let mut output = vec![tag];
    if content.len() > 127 {
        output.push(0x80 | u8::try_from(digits.len()).expect("a length has at most eight bytes"));
    }
    // A length of zero has no digits left, but takes a byte.
    output.extend_from_slice(if digits.is_empty() { &[0] } else { &digits });
    output.extend_from_slice(content);
    output
}

/// A positive DER INTEGER from big-endian bytes.
pub(crate) fn der_integer(number: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    if content.first().is_none_or(|byte| *byte >= 0x80) {
        content.insert(0, 0);
    }
    der(0x02, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spki_is_the_one_that_the_library_writes() {
        use aws_lc_rs::encoding::AsDer;
        use aws_lc_rs::signature::{self, KeyPair};
        let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let spki = rsa.public_key().as_der().unwrap();
        assert_eq!(PublicKey::from_spki(spki.as_ref()).unwrap().spki(), spki.as_ref());
        let algorithms = [
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        ];
        for algorithm in algorithms {
            let ec = signature::EcdsaKeyPair::generate(algorithm).unwrap();
            let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> = ec.public_key().as_der().unwrap();
            assert_eq!(PublicKey::from_spki(spki.as_ref()).unwrap().spki(), spki.as_ref());
        }
    }

    #[test]
    fn leading_zeros_do_not_make_another_key() {
        let plain = PublicKey::rsa(&[0xc0; 128], &[1, 0, 1]).unwrap();
        let padded = PublicKey::rsa(&[&[0, 0], [0xc0; 128].as_slice()].concat(), &[0, 1, 0, 1]).unwrap();
        assert_eq!(plain, padded);
        assert_eq!(plain.bits(), 1024);
    }

    #[test]
    fn nonsense_is_no_key() {
        assert!(PublicKey::rsa(&[0, 0], &[3]).is_err());
        assert!(PublicKey::ec(Curve::P256, &[4; 64]).is_err());
        assert!(PublicKey::from_spki(b"nothing").is_err());
    }
}
