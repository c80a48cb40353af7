//! The requestor's share of a key.

use crate::fault::TrustCode;
use crate::names::{WSU, XENC, XML};
use crate::request::{Entropy, TrustVersion};
use crate::security::{self, Message};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::base64;
use crate::xml::tree::{Ask as _, Node};

use super::Outcome;
use super::rst::refuse;

/// No key that anybody asks for needs more; what is longer is meant to keep us busy.
const MOST: usize = 1024;

/// Reads an Entropy. It holds a `BinarySecret` or an `EncryptedKey`, and what else may be in it is not ours.
pub(super) fn read(child: Node<'_>, message: &Message<'_>) -> Outcome<Entropy> {
    let wrongs = message.desk.wrongs;
    let trust = TrustVersion::of(child.namespace()).unwrap_or(TrustVersion::V13);
    let is_ours = |part: &Node<'_>| part.is(trust.namespace(), "BinarySecret") || part.is(XENC, "EncryptedKey");
    if wrongs.has(Wrong::REFUSE_EXTENSION) && child.elements().any(|part| !is_ours(&part)) {
        return refuse(TrustCode::BadRequest, "Entropy holds an element that is not understood");
    }
    let mut parts = child.elements().filter(is_ours);
    let entropy = match parts.next() {
        None if wrongs.has(Wrong::ACCEPT_EMPTY_ENTROPY) => return Ok(Entropy::Other),
        None => return refuse(TrustCode::InvalidRequest, "Entropy holds neither a BinarySecret nor an EncryptedKey"),
        Some(part) if part.namespace() == XENC => {
            let octets = security::encrypted_key(part, message.desk.known)?;
            Entropy::Octets { octets, was_encrypted: true }
        }
        Some(part) => Entropy::Octets { octets: binary_secret(part, trust, wrongs)?, was_encrypted: false },
    };
    if parts.next().is_some() {
        return refuse(TrustCode::InvalidRequest, "Entropy holds more than one secret");
    }
    match &entropy {
        Entropy::Octets { octets, .. } if octets.is_empty() || octets.len() > MOST => {
            refuse(TrustCode::InvalidRequest, format!("The entropy is empty or longer than {MOST} octets"))
        }
        _ => Ok(entropy),
    }
}

fn binary_secret(secret: Node<'_>, trust: TrustVersion, wrongs: Wrongs) -> Outcome<Vec<u8>> {
    for attribute in secret.attributes() {
        let is_known = match attribute.namespace() {
            None => attribute.name() == "Type",
            Some(namespace) => matches!(namespace, WSU | XML),
        };
        if !is_known && !wrongs.has(Wrong::ACCEPT_BINARY_SECRET_ATTRIBUTE) {
            return refuse(TrustCode::BadRequest, "BinarySecret has an attribute that is not understood");
        }
    }
    // A private key is no entropy; a type of some profile may be.
    if secret.plain("Type").and_then(|kind| kind.strip_prefix(trust.namespace())) == Some("/AsymmetricKey") {
        return refuse(TrustCode::InvalidRequest, "A private key is not entropy");
    }
    match base64::decode(&secret.whole_text()) {
        Some(octets) => Ok(octets),
        None if wrongs.has(Wrong::ACCEPT_BAD_BASE64) => Ok(secret.whole_text().as_bytes().to_vec()),
        None => refuse(TrustCode::InvalidRequest, "BinarySecret is not base64"),
    }
}
