//! Why a signature is not accepted, in words that an engineer can act on.

use std::fmt;

use super::ids::IdFault;
use crate::keyinfo::KeyFault;
use crate::place::Place;

/// Said of a key that made a signature and that nobody vouches for.
pub const NOT_TRUSTED: &str = "which is not trusted";

/// A signature that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFault {
    /// What is wrong.
    pub reason: Reason,
    /// Which reference is concerned: its number from one, and its URI.
    pub reference: Option<(usize, String)>,
    /// Where in the document.
    pub place: Place,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The structure is not that of a signature.
    Malformed(String),
    /// An algorithm that is not supported.
    Unsupported {
        /// What it is for.
        role: &'static str,
        /// Its URI.
        algorithm: String,
    },
    /// An algorithm that the caller forbids.
    Forbidden {
        /// What it is for.
        role: &'static str,
        /// Its URI.
        algorithm: String,
    },
    /// An identifier that names no element, or several.
    Identifier(IdFault),
    /// A reference to something outside the message, which is never fetched.
    External,
    /// The digest of what is referenced is another one.
    Digest {
        /// The digest algorithm.
        algorithm: String,
        /// The digest that the signature states, in base64.
        stated: String,
        /// The digest of what is there, in base64.
        computed: String,
    },
    /// An HMAC cut so short that it can be guessed.
    Truncated {
        /// What is left, in bits.
        bits: usize,
        /// The least that is accepted.
        least: usize,
    },
    /// No key to verify with.
    Key(KeyFault),
    /// The key is there, but nobody said that it is trusted.
    Untrusted {
        /// The key: its kind, where it was found, its fingerprint.
        key: String,
    },
    /// The key is of another kind than the algorithm takes.
    KeyKind {
        /// The kind that is wanted.
        wanted: &'static str,
        /// The key that is there.
        key: String,
    },
    /// The signature value is not that of this key over `SignedInfo`.
    Value {
        /// The keys that were tried.
        key: String,
        /// What is odd about the shape of the value.
        shape: Option<String>,
        /// Whether the digests of all references match, which tells a changed `SignedInfo` from changed content.
        digests_match: bool,
    },
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some((number, uri)) = &self.reference {
            write!(f, "reference {number} (URI=\"{uri}\"): ")?;
        }
        write!(f, "{}", self.reason)
    }
}

impl std::error::Error for SignatureFault {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "{what}"),
            Self::Unsupported { role, algorithm } if algorithm.is_empty() => write!(f, "the {role} names no algorithm"),
            Self::Unsupported { role, algorithm } => write!(f, "the {role} algorithm `{algorithm}` is not supported"),
            Self::Forbidden { role, algorithm } => write!(f, "the {role} algorithm `{algorithm}` is forbidden here"),
            Self::Identifier(fault) => write!(f, "{fault}"),
            Self::External => write!(f, "it points outside the message, and nothing is fetched to verify a signature"),
            Self::Digest { algorithm, stated, computed } => write!(
                f,
                "the digest does not match: {stated} is stated, {computed} is computed ({algorithm}); the element was \
                 changed after signing, or signer and verifier canonicalise it differently"
            ),
            Self::Truncated { bits, least } => {
                write!(f, "an HMAC cut to {bits} bits can be forged; at least {least} must be left")
            }
            Self::Key(fault) => write!(f, "{fault}"),
            Self::Untrusted { key } => {
                write!(f, "signed with {key}, {NOT_TRUSTED}; add it to the trusted keys if it should be")
            }
            Self::KeyKind { wanted, key } => write!(f, "the signature algorithm takes {wanted}, the key is {key}"),
            Self::Value { key, shape, digests_match } => {
                write!(f, "the signature value does not verify with {key}")?;
                if let Some(shape) = shape {
                    write!(f, " ({shape})")?;
                }
                if *digests_match {
                    write!(f, "; all digests match, so another key signed, or SignedInfo or the value was changed")
                } else {
                    write!(f, "; neither do all digests match: the message was changed after signing")
                }
            }
        }
    }
}
