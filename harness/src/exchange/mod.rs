//! Bytes out and bytes in: the only stage that knows a socket or a clock.

pub mod address;
pub mod client;
pub mod fill;
pub mod fresh;
pub mod http;
pub mod key;
mod names;
pub mod sign;
pub mod tls;
pub mod transcript;
