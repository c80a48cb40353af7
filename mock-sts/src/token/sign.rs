//! XML signatures: `SignedInfo` is written in canonical form, what it refers to is digested as it was written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::keyring::Keyring;
use crate::names::{DSIG, ENVELOPED, EXCLUSIVE_C14N};
use crate::token::algorithm::SignatureAlgorithm;
use crate::xml::write::Writer;

/// One thing that a signature covers.
pub(crate) struct Reference<'a> {
    /// The Id of the element.
    pub(crate) id: &'a str,
    /// Whether the signature stands inside that element.
    pub(crate) enveloped: bool,
    /// The canonical form of the element (without the signature), in pieces.
    pub(crate) canonical: &'a [&'a str],
}

/// The `ds:Signature` over the references; `key_info` is the content of its `KeyInfo`.
pub(crate) fn signature(
    keyring: &Keyring,
    algorithm: SignatureAlgorithm,
    references: &[Reference<'_>],
    key_info: &str,
) -> String {
    let signed_info = signed_info(algorithm, references);
    let value = BASE64.encode(keyring.sign(algorithm, signed_info.as_bytes()));
    assemble(&signed_info, &value, key_info)
}

/// `KeyInfo` content that gives the certificate itself.
pub(crate) fn x509_data(certificate: &str) -> String {
    format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>")
}

/// `ds:SignedInfo` in exclusive canonical form.
pub(crate) fn signed_info(algorithm: SignatureAlgorithm, references: &[Reference<'_>]) -> String {
    let mut w = Writer::with_capacity(512 + references.len() * 448);
    w.open("ds:SignedInfo").namespace("ds", DSIG);
    w.open("ds:CanonicalizationMethod").attribute("Algorithm", EXCLUSIVE_C14N).close();
    w.open("ds:SignatureMethod").attribute("Algorithm", algorithm.uri()).close();
    let digest = algorithm.digest();
    for reference in references {
        w.open("ds:Reference").attribute("URI", &format!("#{}", reference.id));
        w.open("ds:Transforms");
        if reference.enveloped {
            w.open("ds:Transform").attribute("Algorithm", ENVELOPED).close();
        }
        w.open("ds:Transform").attribute("Algorithm", EXCLUSIVE_C14N).close();
        w.close();
        w.open("ds:DigestMethod").attribute("Algorithm", digest.uri()).close();
        w.leaf("ds:DigestValue", &BASE64.encode(digest.of(reference.canonical)));
        w.close();
    }
    w.close();
    w.finish()
}

/// The signature around a `SignedInfo`; the declaration that canonical form needs on `SignedInfo` moves up to it.
pub(crate) fn assemble(signed_info: &str, value: &str, key_info: &str) -> String {
    let declaration = format!(" xmlns:ds=\"{DSIG}\"");
    let bare = signed_info.replacen(&declaration, "", 1);
    let mut text = String::with_capacity(bare.len() + value.len() + key_info.len() + 256);
    text.push_str("<ds:Signature");
    text.push_str(&declaration);
    text.push('>');
    text.push_str(&bare);
    text.push_str("<ds:SignatureValue>");
    text.push_str(value);
    text.push_str("</ds:SignatureValue><ds:KeyInfo>");
    text.push_str(key_info);
    text.push_str("</ds:KeyInfo></ds:Signature>");
    text
}
