//! Tokens: what an assertion says, how each SAML version says it, its signature and its encryption.

pub mod algorithm;
pub(crate) mod encrypt;
mod facts;
mod key_info;
mod saml11;
mod saml20;
pub(crate) mod sign;

use crate::keyring::Keyring;
use crate::misbehave::{self, algorithms::used};
use crate::policy::Grant;
use crate::random::Random;
use crate::security::SamlVersion;
use crate::wrong::Wrongs;
use crate::xml::write::{Writer, push_hex};

use algorithm::ContentCipher;
use encrypt::Target;

pub(crate) use facts::{Confirmation, Facts, time_text};

/// A token, ready to be put into an answer.
pub(crate) struct Issued {
    /// The element: the assertion, or its encryption.
    pub(crate) xml: String,
    /// The identifier of the assertion.
    pub(crate) id: String,
    /// The Id of the `EncryptedData`, where there is one.
    pub(crate) encrypted_id: Option<String>,
}

/// Makes the token that was granted. `secret` is the key that it confirms, where that is a secret one.
pub(crate) fn issue(
    grant: &Grant<'_>,
    secret: Option<&[u8]>,
    now: jiff::Timestamp,
    keyring: &Keyring,
    random: &mut Random,
    wrongs: Wrongs,
) -> Issued {
    let used = used(grant, wrongs);
    let target = Target { recipient: used.recipient, transport: used.transport, wrongs };
    let mut facts = Facts::of(grant, secret, now, target, random);
    misbehave::token::change(&mut facts, grant, wrongs);
    let assertion = match grant.version {
        SamlVersion::V11 => saml11::assertion(&facts, wrongs),
        SamlVersion::V20 => saml20::assertion(&facts, wrongs),
    };
    let signed = misbehave::signature::sign(&assertion, &facts.id, used.signature, keyring, wrongs);
    if !grant.encrypted {
        return Issued { xml: signed, id: facts.id, encrypted_id: None };
    }
    let id = new_id(random);
    let xml = encrypted(&signed, &id, grant.version, used.cipher, target, random);
    Issued { xml, id: facts.id, encrypted_id: Some(id) }
}

/// An assertion without its signature, in canonical form, and where the signature goes.
pub(crate) struct Unsigned {
    pub(crate) text: String,
    pub(crate) signature_at: usize,
}

/// The true signature of an assertion, in its place.
pub(crate) fn signed(
    assertion: &Unsigned,
    id: &str,
    algorithm: algorithm::SignatureAlgorithm,
    keyring: &Keyring,
) -> String {
    let reference = sign::Reference { id, enveloped: true, canonical: &[&assertion.text] };
    let key_info = sign::x509_data(keyring.certificate(algorithm));
    splice(assertion, &sign::signature(keyring, algorithm, &[reference], &key_info))
}

/// Puts a signature where it belongs.
pub(crate) fn splice(assertion: &Unsigned, signature: &str) -> String {
    let (before, after) = assertion.text.split_at(assertion.signature_at);
    [before, signature, after].concat()
}

/// An identifier that never comes again: 128 random bits, and a letter in front as XML wants.
pub(crate) fn new_id(random: &mut Random) -> String {
    let mut id = String::with_capacity(33);
    id.push('_');
    push_hex(&random.array::<16>(), &mut id);
    id
}

/// SAML 2.0 has a wrapper of its own for an encrypted assertion, SAML 1.1 has none.
fn encrypted(
    assertion: &str,
    id: &str,
    version: SamlVersion,
    cipher: ContentCipher,
    target: Target<'_>,
    random: &mut Random,
) -> String {
    let mut w = Writer::with_capacity(assertion.len() * 3 / 2 + 2048);
    let wrapped = version == SamlVersion::V20;
    if wrapped {
        w.open("EncryptedAssertion").namespace("", crate::names::SAML_20);
    }
    encrypt::encrypted_data(&mut w, assertion, id, cipher, target, random);
    if wrapped {
        w.close();
    }
    w.finish()
}
