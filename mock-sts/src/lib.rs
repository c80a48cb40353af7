//! A WS-Trust Security Token Service for other people's tests: right by default, wrong by name.

pub mod fault;
pub mod request;
pub mod security;
