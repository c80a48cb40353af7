//! The signature of an assertion: the true one, and all that can be wrong with one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::keyring::Keyring;
use crate::names::{ENVELOPED, EXCLUSIVE_C14N, INCLUSIVE_C14N};
use crate::token::algorithm::SignatureAlgorithm;
use crate::token::sign::{Reference, assemble, signed_info, x509_data};
use crate::token::{Unsigned, signed, splice};
use crate::wrong::{Wrong, Wrongs};

static UNANNOUNCED: Keyring = Keyring::unannounced();

/// Signs an assertion, truly unless told otherwise.
pub(crate) fn sign(
    assertion: &Unsigned,
    id: &str,
    algorithm: SignatureAlgorithm,
    keyring: &Keyring,
    wrongs: Wrongs,
) -> String {
    if wrongs.is_empty() {
        return signed(assertion, id, algorithm, keyring);
    }
    if wrongs.has(Wrong::SIG_NONE) {
        return assertion.text.clone();
    }
    let keyring = if wrongs.has(Wrong::SIG_UNKNOWN_KEY) { &UNANNOUNCED } else { keyring };
    let reference = Reference { id, enveloped: true, canonical: &[&assertion.text] };
    let info = change_signed_info(signed_info(algorithm, &[reference]), id, wrongs);
    let value = change_value(keyring.sign(algorithm, info.as_bytes()), wrongs);
    let certificate = if wrongs.has(Wrong::SIG_KEY_INFO_LIES) {
        UNANNOUNCED.certificate(algorithm)
    } else {
        keyring.certificate(algorithm)
    };
    let mut signature = assemble(&info, &BASE64.encode(value), &x509_data(certificate));
    if wrongs.has(Wrong::SIG_NO_KEY_INFO) {
        signature = without(&signature, "<ds:KeyInfo>", "</ds:KeyInfo>");
    }
    if wrongs.has(Wrong::SIG_NO_ALGORITHM) {
        // Outside of what is signed nothing has an Algorithm, so the signature breaks too.
        signature = signature.replacen(&format!(" Algorithm=\"{EXCLUSIVE_C14N}\""), "", 1);
    }
    place(assertion, &signature, wrongs)
}

/// Changes that are made before signing: the value is right, what it covers is not.
fn change_signed_info(info: String, id: &str, wrongs: Wrongs) -> String {
    let mut info = info;
    let uri = format!("URI=\"#{id}\"");
    if wrongs.has(Wrong::SIG_REFERENCE_EMPTY) {
        info = info.replacen(&uri, "URI=\"\"", 1);
    }
    if wrongs.has(Wrong::SIG_REFERENCE_OTHER) {
        info = info.replacen(&uri, "URI=\"#_somewhere-else\"", 1);
    }
    if wrongs.has(Wrong::SIG_REFERENCE_TWO) {
        let end = info.find("</ds:SignedInfo>").unwrap_or(info.len());
        let start = info.find("<ds:Reference").unwrap_or(end);
        let again = info[start..end].to_owned();
        info.insert_str(end, &again);
    }
    if wrongs.has(Wrong::SIG_DIGEST_FLIPPED) {
        info = flip_after(&info, "<ds:DigestValue>");
    }
    if wrongs.has(Wrong::SIG_INCLUSIVE_C14N) {
        // The assertion stands alone when it is written, where both canonicalisations agree: it breaks in a message.
        info = info.replace(EXCLUSIVE_C14N, INCLUSIVE_C14N);
    }
    if wrongs.has(Wrong::SIG_NOT_ENVELOPED) {
        let transform = format!("<ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform>");
        info = info.replacen(&transform, "", 1);
    }
    if wrongs.has(Wrong::SIG_XPATH_TRANSFORM) {
        let more = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">\
                    <ds:XPath>true()</ds:XPath></ds:Transform></ds:Transforms>";
        info = info.replacen("</ds:Transforms>", more, 1);
    }
    info
}

fn change_value(mut value: Vec<u8>, wrongs: Wrongs) -> Vec<u8> {
    if wrongs.has(Wrong::SIG_VALUE_FLIPPED)
        && let Some(last) = value.last_mut()
    {
        *last ^= 1;
    }
    value
}

/// Puts the signature in, and changes what it covers afterwards where that is wanted.
fn place(assertion: &Unsigned, signature: &str, wrongs: Wrongs) -> String {
    if wrongs.has(Wrong::SIG_MISPLACED) {
        // As the first child, where the schema of neither version has it.
        let start = assertion.text.find('>').map_or(0, |at| at + 1);
        return splice(&Unsigned { text: assertion.text.clone(), signature_at: start }, signature);
    }
    let mut text = splice(assertion, signature);
    if wrongs.has(Wrong::SIG_CONTENT_CHANGED) {
        text = text.replace(">alice<", ">mallory<").replace(">bob<", ">mallory<");
    }
    text
}

/// The text with the first base64 digit behind a mark changed.
pub(crate) fn flip_after(text: &str, start: &str) -> String {
    let Some(at) = text.find(start).map(|at| at + start.len()) else { return text.to_owned() };
    let other = if text[at..].starts_with('A') { "B" } else { "A" };
    let mut changed = text.to_owned();
    changed.replace_range(at..=at, other);
    changed
}

fn without(text: &str, start: &str, end: &str) -> String {
    match (text.find(start), text.rfind(end)) {
        (Some(from), Some(to)) => [&text[..from], &text[to + end.len()..]].concat(),
        _ => text.to_owned(),
    }
}
