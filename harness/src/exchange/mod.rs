//! Bytes out and bytes in: the only stage that knows a socket or a clock.

pub mod address;
pub mod client;
pub mod credential;
pub mod drive;
pub mod fill;
pub mod fresh;
pub mod http;
pub mod keep;
pub mod key;
mod names;
pub(crate) mod own;
pub(crate) mod prepare;
pub mod record;
pub mod redact;
pub mod sign;
pub mod target;
pub mod tls;
pub mod transcript;
mod trap;
pub(crate) mod workers;
