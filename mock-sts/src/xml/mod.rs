//! Reading XML: a gate of our own in front, a parser behind it, canonicalisation of our own beside it.

pub(crate) mod base64;
pub(crate) mod c14n;
mod encoding;
pub(crate) mod escape;
pub mod gate;
mod octets;
pub(crate) mod time;
pub(crate) mod tree;
pub(crate) mod write;
