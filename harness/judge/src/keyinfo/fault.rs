//! Why no key was found.

use std::fmt;

use crate::dsig::IdFault;
use crate::xenc::DecryptFault;

/// Why the key that a message names was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// It is named in a way that is understood, but no such key is at hand.
    Unknown(String),
    /// It is named in a way that is not supported.
    Unsupported(String),
    /// What should be a key or certificate cannot be read.
    Unreadable {
        /// The element.
        what: String,
        /// The cause.
        why: String,
    },
    /// The reference to it leads nowhere, or to several elements.
    Identifier(IdFault),
    /// It is encrypted and does not open.
    Encrypted(Box<DecryptFault>),
}

impl KeyFault {
    pub(super) fn unreadable(what: &str, why: impl fmt::Display) -> Self {
        Self::Unreadable { what: what.to_owned(), why: why.to_string() }
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(clue) => write!(f, "no key is known for {clue}; add the certificate, key or secret it means"),
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
            Self::Unreadable { what, why } => write!(f, "{what} holds no readable key: {why}"),
            Self::Identifier(fault) => write!(f, "the reference to the key is broken: {fault}"),
            Self::Encrypted(fault) => write!(f, "the key is encrypted and does not open: {fault}"),
        }
    }
}

impl std::error::Error for KeyFault {}

impl From<IdFault> for KeyFault {
    fn from(fault: IdFault) -> Self {
        Self::Identifier(fault)
    }
}
