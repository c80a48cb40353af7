//! Public keys by themselves: read from `SubjectPublicKeyInfo`, and made from the parts that a `KeyValue` has.

use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::names::{DSIG, DSIG_11};
use crate::xml::base64;
use crate::xml::tree::{Ask as _, Node};

/// The kind of a key, with what the verifying code wants of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// `RSAPublicKey` in DER.
    Rsa(Vec<u8>),
    /// An uncompressed point on P-256.
    P256(Vec<u8>),
    /// An uncompressed point on P-384.
    P384(Vec<u8>),
}

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];

/// Reads a `SubjectPublicKeyInfo`; `None` for kinds that are not used here.
pub(super) fn parse(spki: &[u8]) -> Option<Parsed> {
    let (rest, parsed) = SubjectPublicKeyInfo::from_der(spki).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let key = parsed.subject_public_key.data.to_vec();
    match parsed.algorithm.algorithm.as_bytes() {
        RSA => Some(Parsed::Rsa(key)),
        EC => match parsed.algorithm.parameters?.as_oid().ok()?.as_bytes() {
            P256 => Some(Parsed::P256(key)),
            P384 => Some(Parsed::P384(key)),
            _ => None,
        },
        _ => None,
    }
}

/// Makes a `SubjectPublicKeyInfo` of a `ds:KeyValue`.
pub(super) fn from_key_value(key_value: Node<'_>) -> Option<Vec<u8>> {
    let spki = if let Some(rsa) = key_value.one(DSIG, "RSAKeyValue") {
        let number = |name: &str| base64::decode(&rsa.one(DSIG, name)?.whole_text());
        rsa_spki(&number("Modulus")?, &number("Exponent")?)?
    } else {
        let ec = key_value.one(DSIG_11, "ECKeyValue")?;
        let curve = match ec.one(DSIG_11, "NamedCurve")?.plain("URI")? {
            "urn:oid:1.2.840.10045.3.1.7" => P256,
            "urn:oid:1.3.132.0.34" => P384,
            _ => return None,
        };
        let point = base64::decode(&ec.one(DSIG_11, "PublicKey")?.whole_text())?;
        ec_spki(curve, &point)
    };
    parse(&spki).map(|_| spki)
}

fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    // Below 1024 bits a key protects nothing, beyond 8192 it only keeps us busy.
    let is_fit = (128..=1024).contains(&modulus.len()) && (1..=8).contains(&exponent.len());
    let key = sequence(&[integer(modulus), integer(exponent)].concat());
    is_fit.then(|| info(&[tagged(0x06, RSA), vec![0x05, 0x00]].concat(), &key))
}

fn ec_spki(curve: &[u8], point: &[u8]) -> Vec<u8> {
    info(&[tagged(0x06, EC), tagged(0x06, curve)].concat(), point)
}

fn info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = tagged(0x03, &[&[0], key].concat());
    sequence(&[sequence(algorithm), bits].concat())
}

fn sequence(content: &[u8]) -> Vec<u8> {
    tagged(0x30, content)
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|octet| *octet != 0).unwrap_or(number.len());
    let number = &number[start..];
    // A leading one bit would make it negative.
    let sign: &[u8] = if number.first().is_none_or(|octet| *octet >= 0x80) { &[0] } else { &[] };
    tagged(0x02, &[sign, number].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let start = length.iter().position(|octet| *octet != 0).unwrap_or(length.len() - 1);
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        // `usize` has eight octets at most.
        out.push(0x80 | u8::try_from(length.len() - start).unwrap_or(0));
    }
    out.extend_from_slice(&length[start..]);
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use crate::security::Certificate;

    #[test]
    fn a_key_put_together_is_the_one_of_the_certificate() {
        use rsa::traits::PublicKeyParts as _;
        let key = keys::client().rsa().unwrap();
        let certificate = Certificate::read(keys::client().certificate()).unwrap();
        assert_eq!(rsa_spki(&key.n().to_bytes_be(), &key.e().to_bytes_be()), Some(certificate.spki));
        for identity in [keys::signing_p256(), keys::signing_p384()] {
            let certificate = Certificate::read(identity.certificate()).unwrap();
            let remade = match parse(&certificate.spki).unwrap() {
                Parsed::P256(point) => ec_spki(P256, &point),
                Parsed::P384(point) => ec_spki(P384, &point),
                Parsed::Rsa(_) => panic!("the key is on a curve"),
            };
            assert_eq!(remade, certificate.spki);
        }
    }
}
