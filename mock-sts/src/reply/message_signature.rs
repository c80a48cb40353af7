//! The signature of an answer: whoever signed the question gets a signed answer.

use super::envelope::Envelope;
use crate::keyring::Keyring;
use crate::names::{BASE64_BINARY, WSSE, WSSE_11, WSU, X509_V3};
use crate::security::Requestor;
use crate::token::algorithm::SignatureAlgorithm;
use crate::token::sign::{Reference, signature, x509_data};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::c14n::{Method, canonical};
use crate::xml::tree::parse;
use crate::xml::write::Writer;

const TOKEN_ID: &str = "signer";

/// What stands in front of the signature: our certificate, and the confirmation of every signature of the request.
pub(super) fn tokens(requestor: &Requestor, keyring: &Keyring, wrongs: Wrongs) -> String {
    let mut w = Writer::with_capacity(2048);
    w.open("wsse:BinarySecurityToken");
    if !wrongs.has(Wrong::WSSE_TOKEN_NO_ENCODING_TYPE) {
        w.attribute("EncodingType", BASE64_BINARY);
    }
    if !wrongs.has(Wrong::WSSE_TOKEN_NO_VALUE_TYPE) {
        w.attribute("ValueType", X509_V3);
    }
    w.attribute("wsu:Id", TOKEN_ID).text(keyring.certificate(SignatureAlgorithm::RsaSha256)).close();
    for (index, value) in requestor.signatures.iter().enumerate() {
        w.open("wsse11:SignatureConfirmation").namespace("wsse11", WSSE_11);
        let value = if wrongs.has(Wrong::WSSE_CONFIRMATION_LIES) { "AAAA" } else { value };
        w.attribute("Value", value);
        if !wrongs.has(Wrong::WSSE_CONFIRMATION_NO_ID) {
            w.attribute("wsu:Id", &confirmation_id(index));
        }
        w.close();
    }
    w.finish()
}

/// The confirmation of a signature that nobody made.
pub(super) fn unasked_confirmation() -> String {
    format!("<wsse11:SignatureConfirmation xmlns:wsse11=\"{WSSE_11}\" Value=\"AAAA\" wsu:Id=\"confirmation-0\"/>")
}

/// Signs all that counts: Body, Timestamp, the addressing headers, and the confirmations.
///
/// What is signed is read back here, unlike in tokens: it holds text of others (the echo of `AppliesTo`, reference
/// parameters), whose canonical form depends on what the envelope declares.
pub(super) fn sign(
    envelope: &mut Envelope,
    keyring: &Keyring,
    wanted: SignatureAlgorithm,
    requestor: &Requestor,
    wrongs: Wrongs,
) {
    // The certificate in the header is the RSA one.
    let algorithm = match wanted {
        SignatureAlgorithm::EcdsaSha256 | SignatureAlgorithm::EcdsaSha384 => SignatureAlgorithm::RsaSha256,
        rsa => rsa,
    };
    let mut ids: Vec<String> = envelope.ids.iter().map(|id| (*id).to_owned()).collect();
    if !wrongs.has(Wrong::WSSE_CONFIRMATION_UNSIGNED) {
        ids.extend((0..requestor.signatures.len()).map(confirmation_id));
    }
    if wrongs.has(Wrong::WSSE_BODY_UNSIGNED) {
        ids.retain(|id| id != "body");
    }
    let Some(parts) = canonical_parts(&envelope.text, &ids) else { return };
    let pieces: Vec<[&str; 1]> = parts.iter().map(|(_, text)| [text.as_str()]).collect();
    let references: Vec<Reference<'_>> = parts
        .iter()
        .zip(&pieces)
        .map(|((id, _), piece)| Reference { id, enveloped: false, canonical: piece })
        .collect();
    let mut text = signature(keyring, algorithm, &references, &key_info(keyring, wrongs));
    if wrongs.has(Wrong::WSSE_SIGNATURE_BAD) {
        text = crate::misbehave::signature::flip_after(&text, "<ds:SignatureValue>");
    }
    envelope.text.insert_str(envelope.signature_at, &text);
}

fn key_info(keyring: &Keyring, wrongs: Wrongs) -> String {
    if wrongs.has(Wrong::WSSE_SIGNATURE_KEY_INFO) {
        return x509_data(keyring.certificate(SignatureAlgorithm::RsaSha256));
    }
    format!(
        "<wsse:SecurityTokenReference xmlns:wsse=\"{WSSE}\">\
         <wsse:Reference URI=\"#{TOKEN_ID}\" ValueType=\"{X509_V3}\"></wsse:Reference></wsse:SecurityTokenReference>"
    )
}

fn confirmation_id(index: usize) -> String {
    format!("confirmation-{index}")
}

/// The canonical forms of the elements with these Ids. Empty only where a misbehaviour made the text unreadable.
fn canonical_parts(text: &str, ids: &[String]) -> Option<Vec<(String, String)>> {
    let document = parse(text, false).ok()?;
    let with_id = |id: &str| document.descendants().find(|node| node.attribute((WSU, "Id")) == Some(id));
    let parts = ids.iter().filter_map(|id| {
        let canonical = canonical(with_id(id)?, Method::default(), None).ok()?;
        Some((id.clone(), canonical))
    });
    Some(parts.collect())
}
