//! Bytes in, findings out: reads the answers of a Security Token Service without any I/O.

pub mod addressing;
pub mod c14n;
pub mod check;
pub mod crypto;
pub mod dsig;
pub mod finding;
pub mod gate;
pub mod keyinfo;
pub mod keys;
pub mod path;
pub mod place;
pub mod predicate;
pub mod psha1;
pub mod rule;
pub mod saml;
pub mod scene;
pub mod soap;
pub mod time;
pub mod tree;
pub mod trust;
mod uri;
pub mod xenc;
