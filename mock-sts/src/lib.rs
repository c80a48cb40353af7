//! A WS-Trust Security Token Service for other people's tests: right by default, wrong by name.

pub mod clock;
pub mod fault;
pub mod http;
pub mod keyring;
pub mod keys;
mod misbehave;
mod names;
pub mod policy;
mod proof;
pub mod random;
pub mod read;
pub mod reply;
pub mod request;
pub mod security;
pub mod sts;
pub mod token;
pub(crate) mod vocabulary;
pub mod wrong;
pub mod xml;

pub use clock::Clock;
pub use random::Random;
pub use wrong::{Wrong, Wrongs};
