//! X.509 certificates, as far as references and trust need them.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::Timestamp;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name};

use super::PublicKey;
use super::algorithm::SignatureMethod;

/// A certificate, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The whole in DER.
    pub der: Vec<u8>,
    /// The name its owner goes by: the common name, or else the whole subject.
    pub name: String,
    pub(super) spki: Vec<u8>,
    pub(super) is_authority: bool,
    pub(super) thumbprint: Vec<u8>,
    pub(super) key_identifier: Option<Vec<u8>>,
    issuer: Vec<(String, String)>,
    serial: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    signed: Vec<u8>,
    signature: Vec<u8>,
    signed_by: Option<SignatureMethod>,
}

/// Octets that are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not one X.509 certificate in DER with a key that can be used; convert PEM first, and leave chains out"
)]
pub struct BadCertificate;

impl Certificate {
    /// Reads one certificate; nothing may follow it.
    pub fn read(der: &[u8]) -> Result<Self, BadCertificate> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| BadCertificate)?;
        if !rest.is_empty() {
            return Err(BadCertificate);
        }
        let key_identifier = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
            _ => None,
        });
        let common_name = parsed.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        let at =
            |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).map_err(|_| BadCertificate);
        let spki = parsed.public_key().raw.to_vec();
        super::spki::parse(&spki).ok_or(BadCertificate)?;
        Ok(Self {
            name: common_name.map_or_else(|| parsed.subject().to_string(), str::to_owned),
            spki,
            is_authority: parsed.is_ca(),
            thumbprint: digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
            key_identifier,
            issuer: attributes(parsed.issuer()),
            serial: parsed.raw_serial().to_vec(),
            not_before: at(parsed.validity().not_before)?,
            not_after: at(parsed.validity().not_after)?,
            signed: parsed.tbs_certificate.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            signed_by: SignatureMethod::of_certificate(&parsed.signature_algorithm.algorithm.to_id_string()),
            der: der.to_vec(),
        })
    }

    /// Its key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey { spki: self.spki.clone(), certificate: Some(self.der.clone()) }
    }

    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    pub(super) fn has_signed(&self, other: &Self) -> bool {
        let Some(method) = other.signed_by else { return false };
        method.verify_certificate(&self.spki, &other.signed, &other.signature)
    }

    /// Whether an issuer's name, in one of the spellings that are about, and a serial number are those of this one.
    pub(super) fn has_issuer_serial(&self, issuer: &str, serial: &str) -> bool {
        let Some(mut wanted) = distinguished_name(issuer) else { return false };
        if decimal(serial).as_deref() != Some(strip_zeros(&self.serial)) {
            return false;
        }
        // RFC 4514 writes the last part first, others write them as they are encoded.
        let forward = wanted == self.issuer;
        wanted.reverse();
        forward || wanted == self.issuer
    }
}

fn attributes(name: &X509Name<'_>) -> Vec<(String, String)> {
    let pairs = name.iter_attributes().map(|attribute| {
        let oid = attribute.attr_type();
        let short = x509_parser::objects::oid2abbrev(oid, x509_parser::objects::oid_registry());
        let kind = short.map_or_else(|_| oid.to_id_string(), str::to_ascii_uppercase);
        (kind, collapse(attribute.as_str().unwrap_or("")))
    });
    pairs.collect()
}

/// Takes a distinguished name apart at its commas, minding escapes and quotes.
fn distinguished_name(text: &str) -> Option<Vec<(String, String)>> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => parts.last_mut()?.push(characters.next()?),
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => parts.push(String::new()),
            _ => parts.last_mut()?.push(character),
        }
    }
    let pair = |part: &String| {
        let (kind, value) = part.split_once('=')?;
        Some((kind.trim().to_ascii_uppercase(), collapse(value)))
    };
    parts.iter().map(pair).collect()
}

fn collapse(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn strip_zeros(octets: &[u8]) -> &[u8] {
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    &octets[start..]
}

/// A decimal number of at most 20 octets, big end first, without leading zeros.
fn decimal(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    let mut octets: Vec<u8> = vec![];
    for digit in text.bytes() {
        let mut carry = u16::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        for octet in octets.iter_mut().rev() {
            carry += u16::from(*octet) * 10;
            *octet = carry.to_be_bytes()[1];
            carry >>= 8;
        }
        if carry > 0 {
            octets.insert(0, carry.to_be_bytes()[1]);
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    #[test]
    fn a_certificate_tells_its_name_and_period() {
        let client = Certificate::read(keys::client().certificate()).unwrap();
        assert_eq!(client.name, "mock-sts Client");
        assert!(client.is_valid_at("2026-01-01T00:00:00Z".parse().unwrap()));
        let expired = Certificate::read(keys::client_expired().certificate()).unwrap();
        assert!(!expired.is_valid_at("2026-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn the_authority_has_signed_the_client_and_not_the_stranger() {
        let authority = Certificate::read(keys::ca().certificate()).unwrap();
        assert!(authority.has_signed(&Certificate::read(keys::client().certificate()).unwrap()));
        assert!(!authority.has_signed(&Certificate::read(keys::client_untrusted().certificate()).unwrap()));
    }

    #[test]
    fn an_issuer_is_known_in_both_orders_and_with_escapes() {
        let client = Certificate::read(keys::client().certificate()).unwrap();
        let serial = client.serial.iter().fold(0_u128, |value, octet| value << 8 | u128::from(*octet)).to_string();
        let forward = "O=mock-sts PUBLIC TEST KEY\\, do not trust,CN=mock-sts Test CA";
        let backward = "cn = mock-sts  Test CA , O=\"mock-sts PUBLIC TEST KEY, do not trust\"";
        assert_eq!(client.issuer, distinguished_name(forward).unwrap());
        assert!(client.has_issuer_serial(forward, &serial));
        assert!(client.has_issuer_serial(backward, &format!("00{serial}")));
        assert!(!client.has_issuer_serial(forward, "12"));
        assert!(!client.has_issuer_serial("CN=mock-sts Test CA", &serial));
    }

    #[test]
    fn what_follows_a_certificate_makes_it_none() {
        let mut der = keys::client().certificate().to_vec();
        der.push(0);
        assert_eq!(Certificate::read(&der), Err(BadCertificate));
        assert_eq!(Certificate::read(b""), Err(BadCertificate));
    }
}
