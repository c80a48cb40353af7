//! Certificates, with what a message may name them by.

use aws_lc_rs::digest::{self, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::{KeyError, PublicKey};

/// A certificate and everything by which a message can refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    key: PublicKey,
    subject: String,
    issuer: Vec<(String, String)>,
    subject_parts: Vec<(String, String)>,
    serial: String,
    key_identifier: Option<Vec<u8>>,
}

impl Certificate {
    /// Reads a DER certificate. Dates and chain are not looked at: trust is the caller's choice.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|error| KeyError(format!("no X.509 certificate: {error}")))?;
        let length = der.len() - rest.len();
        let key_identifier = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
            _ => None,
        });
        Ok(Self {
            der: der[..length].to_vec(),
            key: PublicKey::from_parsed(certificate.public_key())?,
            subject: certificate.subject().to_string(),
            issuer: name_parts(certificate.issuer()),
            subject_parts: name_parts(certificate.subject()),
            serial: certificate.serial.to_string(),
            key_identifier,
        })
    }

    /// Reads the first certificate of a PEM text.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        Self::from_der(&super::pem(pem, "CERTIFICATE")?)
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certified key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The subject's distinguished name.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The `SubjectKeyIdentifier` extension.
    pub fn key_identifier(&self) -> Option<&[u8]> {
        self.key_identifier.as_deref()
    }

    /// The SHA-1 of the certificate, which WS-Security calls its thumbprint.
    pub fn thumbprint(&self) -> Vec<u8> {
        digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    /// Whether an `X509IssuerSerial` names this certificate.
    ///
    /// Names are compared part by part in any order and without regard to case or spacing: products differ in both,
    /// and the name only picks among certificates whose key must verify the signature anyway.
    pub fn is_issued(&self, issuer: &str, serial: &str) -> bool {
        serial.trim().trim_start_matches('0') == self.serial.trim_start_matches('0') && same_name(&self.issuer, issuer)
    }

    /// Whether the other certificate has the name of this one's issuer.
    pub fn is_issued_under(&self, other: &Self) -> bool {
        self.issuer == other.subject_parts && self.key != other.key
    }

    /// Whether the subject is written so, in whatever order and spelling of attribute types.
    pub fn has_subject(&self, name: &str) -> bool {
        same_name(&self.subject_parts, name)
    }

    /// Whether a `KeyName` can mean this certificate: its subject or its common name.
    pub fn is_named(&self, name: &str) -> bool {
        let folded = fold(name);
        self.has_subject(name) || self.subject_parts.iter().any(|(kind, value)| kind == "CN" && *value == folded)
    }
}

fn same_name(parts: &[(String, String)], written: &str) -> bool {
    let mut written = parse_name(written);
    let mut parts = parts.to_vec();
    written.sort();
    parts.sort();
    !parts.is_empty() && written == parts
}

fn name_parts(name: &X509Name<'_>) -> Vec<(String, String)> {
    name.iter_attributes()
        .map(|attribute| {
            let value = attribute.as_str().map_or_else(|_| super::hex(attribute.as_slice()), fold);
            (kind(&attribute.attr_type().to_id_string()), value)
        })
        .collect()
}

/// The parts of a name as RFC 2253 writes it; an unreadable part is kept as it stands and then matches nothing.
fn parse_name(text: &str) -> Vec<(String, String)> {
    split(text)
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (kind(name.trim()), fold(&unescape(value.trim()))),
            None => (String::new(), part),
        })
        .collect()
}

/// Splits at the commas, semicolons and plus signs that are neither escaped nor quoted.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for character in text.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' | '+' if !quoted => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(character);
    }
    parts.push(part);
    parts
}

fn unescape(value: &str) -> String {
    let value = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value);
    let (mut bytes, input) = (Vec::with_capacity(value.len()), value.as_bytes());
    let mut at = 0;
    while let Some(byte) = input.get(at) {
        let pair = input.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (byte, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'\\', Some(hex)) => {
                bytes.push(hex);
                at += 3;
            }
            (b'\\', None) => {
                bytes.extend(input.get(at + 1));
                at += 2;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn fold(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// One spelling for the type of a name's part: short name, `OID.` form or dotted identifier.
fn kind(written: &str) -> String {
    let upper = written.to_uppercase();
    let short = match upper.strip_prefix("OID.").unwrap_or(&upper) {
        "2.5.4.3" => "CN",
        "2.5.4.4" | "SURNAME" => "SN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" | "S" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" | "T" => "TITLE",
        "2.5.4.42" | "GIVENNAME" | "G" => "GN",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" | "E" | "EMAIL" => "EMAILADDRESS",
        other => other,
    };
    short.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("CN=Test CA, O=Example\\, Inc., C=SE", true)]
    #[case("C=SE,O=\"Example, Inc.\",CN=test ca", true)]
    #[case("2.5.4.6=SE, OID.2.5.4.10=Example\\2C Inc., cn=Test  CA", true)]
    #[case("CN=Test CA, O=Example\\, Inc.", false)]
    #[case("CN=Other, O=Example\\, Inc., C=SE", false)]
    #[case("", false)]
    #[case("\\", false)]
    fn an_issuer_is_recognised_however_it_is_written(#[case] written: &str, #[case] same: bool) {
        let part = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
        let name = [part("C", "se"), part("O", "example, inc."), part("CN", "test ca")];
        assert_eq!(same_name(&name, written), same);
    }

    #[test]
    fn nonsense_is_no_certificate() {
        assert!(Certificate::from_der(b"0\x82").is_err());
        assert!(Certificate::from_pem("nothing").is_err());
    }
}
