//! Bytes in, findings out: reads the answers of a Security Token Service without any I/O.

pub mod check;
pub mod keys;
pub mod psha1;
mod uri;
pub mod xenc;
