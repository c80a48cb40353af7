//! A WS-Trust Security Token Service for other people's tests: right by default, wrong by name.

pub mod clock;
pub mod fault;
pub mod keys;
pub mod random;
pub mod request;
pub mod security;
pub mod wrong;

pub use clock::Clock;
pub use random::Random;
pub use wrong::{Wrong, Wrongs};
