//! Message security: who sent this, how do we know, and is it fresh.

mod acquaintance;
mod algorithm;
mod assertion;
mod certificate;
pub(crate) mod decrypt;
mod ids;
mod memory;
mod message;
mod reference;
mod signature;
mod spki;
mod timestamp;
mod username;

use jiff::Timestamp;

pub use acquaintance::Acquaintance;
pub use certificate::{BadCertificate, Certificate};
pub(crate) use decrypt::encrypted_key;
pub use memory::{Marks, Memory};
pub(crate) use message::Message;
pub(crate) use reference::{KeyFound, binary_token};

/// Who asks, and how that was proved.
#[derive(Clone, Debug)]
pub struct Requestor {
    /// The name that a token will speak of.
    pub name: String,
    /// The proof.
    pub how: How,
    /// A key of the requestor that this message proved possession of.
    pub key: Option<Key>,
    /// The `SignatureValue` of every valid signature of the message, as sent: the answer confirms them.
    pub signatures: Vec<String>,
    /// Whether a valid signature covers Body (and Timestamp, where there is one).
    pub message_signed: bool,
}

/// How a requestor proved who it is.
#[derive(Clone, Debug)]
pub enum How {
    /// Not at all: only under a misbehaviour.
    Nobody,
    /// A user name with the password itself.
    PasswordText,
    /// A user name with a digest of the password.
    PasswordDigest,
    /// A signature with the key of this certificate (DER).
    Certificate(Vec<u8>),
    /// An assertion of an issuer that is trusted: a bearer one, or one whose key signed the message.
    Assertion(Box<Assertion>),
}

/// A key that was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A public key.
    Public(PublicKey),
    /// A secret shared with us.
    Secret(Vec<u8>),
}

/// A public key, by itself or within a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The `SubjectPublicKeyInfo` in DER.
    pub spki: Vec<u8>,
    /// The certificate in DER, where the key came in one.
    pub certificate: Option<Vec<u8>>,
}

/// A token inside a request: in `OnBehalfOf`, `ActAs`, a target, or as a credential.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The element as self-contained XML.
    pub xml: String,
}

/// What a token inside a request is.
#[derive(Clone, Debug)]
pub enum TokenKind {
    /// A UsernameToken; a password in it was checked where there was one.
    Username {
        /// The name.
        name: String,
        /// Whether a right password came with it.
        proven: bool,
    },
    /// A certificate, in a `BinarySecurityToken` or by `X509Data`.
    Certificate(PublicKey),
    /// An assertion, with what the check of it gave.
    Assertion(Box<Assertion>),
    /// A SecurityTokenReference that leads to nothing in the message: the identifier it names.
    Reference(String),
    /// An endpoint reference: its address.
    Endpoint(String),
    /// A `BinarySecurityToken` of another type, or an element of a kind that nobody knows: its type, or its name.
    Other(String),
}

/// The two versions of SAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SamlVersion {
    /// SAML 1.1
    V11,
    /// SAML 2.0
    V20,
}

/// An assertion that came in a request.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Its version.
    pub version: SamlVersion,
    /// Its identifier.
    pub id: String,
    /// Its issuer.
    pub issuer: String,
    /// The name of its subject.
    pub subject: String,
    /// The method of its first subject confirmation.
    pub confirmation: String,
    /// The key that it confirms.
    pub key: Option<Key>,
    /// The begin of its validity.
    pub not_before: Option<Timestamp>,
    /// The end of its validity.
    pub not_on_or_after: Option<Timestamp>,
    /// For whom it is: the audiences of each restriction.
    pub audiences: Vec<Vec<String>>,
    /// Whether it says of itself that it is good for one use.
    pub once: bool,
    /// Its attributes: name and values.
    pub attributes: Vec<(String, Vec<String>)>,
    /// Whether other assertions may be made from it: SAML 2.0 can say that none may (`ProxyRestriction` of 0).
    pub may_be_passed_on: bool,
    /// What the check of signature, times and revocation gave.
    pub standing: Standing,
}

/// What an assertion in a request is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Ours, whole, valid now.
    Good,
    /// Ours and whole, but its time is over.
    Expired,
    /// Ours and whole, but its time has not come.
    Early,
    /// Ours and whole, but cancelled.
    Revoked,
    /// Signed by somebody we do not trust, or not signed.
    Untrusted,
    /// The signature does not hold.
    Broken,
}

#[cfg(test)]
mod tests;
