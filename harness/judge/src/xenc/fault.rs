//! Why something does not decrypt.

use std::fmt;

use crate::dsig::IdFault;

/// Why something does not decrypt. Exact on purpose: this judges test messages, and guards no secret against guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptFault {
    /// The structure is not that of XML Encryption.
    Malformed(String),
    /// An algorithm that is not supported.
    Unsupported {
        /// What it is for.
        role: &'static str,
        /// Its URI.
        algorithm: String,
    },
    /// A reference to a key that leads nowhere.
    Identifier(IdFault),
    /// No key to try.
    NoKey(String),
    /// No key at hand opens the encrypted key.
    Key {
        /// The URI of the key transport or key wrap.
        algorithm: String,
        /// What every key that was tried said.
        why: String,
    },
    /// The key is there, and the content does not open.
    Content {
        /// The URI of the cipher.
        algorithm: String,
        /// The cause.
        why: String,
    },
}

impl fmt::Display for DecryptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "{what}"),
            Self::Unsupported { role, algorithm } => write!(f, "the {role} `{algorithm}` is not supported"),
            Self::Identifier(fault) => write!(f, "the reference to the key is broken: {fault}"),
            Self::NoKey(what) => write!(f, "there is no key to decrypt with: {what}"),
            Self::Key { algorithm, why } => write!(f, "the encrypted key does not open ({algorithm}): {why}"),
            Self::Content { algorithm, why } => write!(f, "the content does not decrypt ({algorithm}): {why}"),
        }
    }
}

impl std::error::Error for DecryptFault {}
