//! Bytes out and bytes in: the only stage that knows a socket or a clock.

pub mod transcript;
