//! The content of a `ds:KeyInfo` that names the key an assertion confirms. The prefix `ds` is declared outside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use x509_parser::prelude::{FromDer as _, SubjectPublicKeyInfo};
use x509_parser::public_key::PublicKey as Parsed;

use super::encrypt::{Target, encrypted_key};
use crate::names::DSIG_11;
use crate::random::Random;
use crate::security::PublicKey;
use crate::xml::write::Writer;

/// A secret key, which only the relying party can read.
pub(crate) fn secret(secret: &[u8], target: Target<'_>, random: &mut Random) -> String {
    let mut w = Writer::with_capacity(1536);
    encrypted_key(&mut w, secret, target, true, random);
    w.finish()
}

/// A public key: the certificate where there is one, else the value of the key. One key, named once.
pub(crate) fn public(key: &PublicKey) -> String {
    match &key.certificate {
        Some(certificate) => super::sign::x509_data(&BASE64.encode(certificate)),
        None => key_value(key),
    }
}

fn key_value(key: &PublicKey) -> String {
    let mut w = Writer::with_capacity(512);
    w.open("ds:KeyValue");
    let parsed = SubjectPublicKeyInfo::from_der(&key.spki).ok();
    let curve = parsed.as_ref().and_then(|(_, info)| info.algorithm.parameters.as_ref()?.as_oid().ok());
    match parsed.as_ref().and_then(|(_, info)| info.parsed().ok()) {
        Some(Parsed::RSA(rsa)) => {
            w.open("ds:RSAKeyValue");
            w.leaf("ds:Modulus", &BASE64.encode(significant(rsa.modulus)));
            w.leaf("ds:Exponent", &BASE64.encode(significant(rsa.exponent)));
            w.close();
        }
        Some(Parsed::EC(point)) => {
            w.open("dsig11:ECKeyValue").namespace("dsig11", DSIG_11);
            let curve = curve.map(|oid| oid.to_id_string()).unwrap_or_default();
            w.open("dsig11:NamedCurve").attribute("URI", &format!("urn:oid:{curve}")).close();
            w.leaf("dsig11:PublicKey", &BASE64.encode(point.data()));
            w.close();
        }
        // The reading half lets in no other kind; if it ever does, the key is still said, as DER.
        _ => {
            w.open("dsig11:DEREncodedKeyValue").namespace("dsig11", DSIG_11).text(&BASE64.encode(&key.spki)).close();
        }
    }
    w.close();
    w.finish()
}

/// XML Signature writes numbers without the leading zero that DER needs for the sign.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
