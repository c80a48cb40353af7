//! A WS-Trust Security Token Service for other people's tests: right by default, wrong by name.
//!
//! Who writes a WS-Trust client needs an STS in the test; who writes a relying party needs tokens, good ones and bad
//! ones. This crate is that STS, in the test's own process, on a free port, without set-up.
//!
//! # A first test
//!
//! ```
//! use mock_sts::MockSts;
//! # mod client { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/login.rs")); }
//! # use client::login as token_from;
//!
//! // #[test]
//! fn logs_in() {
//!     let sts = MockSts::start_blocking(); // in async code: MockSts::start().await
//!
//!     // your client here; it gets sts.url(), or sts.tls_url() with sts.ca_pem() as its trusted root
//!     let token = token_from(&sts.url(), "alice", "wonderland");
//!
//!     assert!(token.contains("urn:mock-sts:issuer"));
//!     assert_eq!(sts.journal().last().unwrap().user(), Some("alice"));
//! } // dropped: the port is closed, nothing is waited for
//! # logs_in();
//! ```
//!
//! Nothing has to be told for a right answer. It speaks WS-Trust 1.3, 1.4 and February 2005 over SOAP 1.1 and 1.2, with
//! and without WS-Addressing, as the request does. There are two users, `alice` (`wonderland`) and `bob` (`builder`),
//! and a trusted client certificate, [`keys::CLIENT`]. Tokens are for `https://rp.example.test/…`, or encrypted for
//! [`keys::RELYING_PARTY`] when asked for `https://encrypted.example.test/…`.
//!
//! # Answers that are wrong
//!
//! What has to be refused is asked for by name. [`wrong::catalogue`] has all names with what they do and whom they
//! harm; `mock-sts wrong` prints them.
//!
//! ```
//! # use mock_sts::MockSts;
//! # mod client { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/login.rs")); }
//! # use client::login as token_from;
//! let sts = MockSts::start_blocking();
//! {
//!     let _guard = sts.wrong_guard("token.wrong-audience")?;
//!     let token = token_from(&sts.url(), "alice", "wonderland");
//!     assert!(!token.contains("Audience>https://rp.example.test/service<"));
//! }
//! let token = token_from(&sts.url(), "alice", "wonderland");
//! assert!(token.contains("Audience>https://rp.example.test/service<")); // true again
//! # Ok::<(), mock_sts::wrong::UnknownWrong>(())
//! ```
//!
//! The same names work where no Rust is at hand, for one request and no other, so that tests can run beside each other:
//! in the path (`/w/token.wrong-audience/sts`), in the user name (`alice+token.wrong-audience`), and in the header
//! `X-Mock-Sts`. Several names stand with commas between them.
//!
//! # Time and chance
//!
//! ```
//! use jiff::SignedDuration;
//! use mock_sts::{Clock, MockSts};
//!
//! let clock = Clock::fixed("2026-01-01T12:00:00Z".parse()?);
//! let sts = MockSts::builder().clock(clock).seed(1).start_blocking()?;
//! sts.clock().advance(SignedDuration::from_hours(2)); // every token issued so far is over
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Under a fixed clock and a seed, the same requests in the same order get the same answers, byte for byte, as long as
//! tokens are signed with RSA.
//!
//! # What it is not
//!
//! An STS for anything but tests: its private [`keys`] are published, and their certificates say so. It listens on the
//! loopback address unless told otherwise. Of WS-Trust's bindings it has Issue; the others are refused with a fault.

pub mod cli;
pub mod clock;
mod endpoint;
pub mod fault;
mod handle;
pub mod http;
pub mod journal;
pub mod keyring;
pub mod keys;
mod metadata;
mod misbehave;
mod names;
pub mod policy;
mod proof;
pub mod random;
pub mod read;
pub mod reply;
pub mod request;
pub mod security;
mod server;
pub mod sts;
pub mod token;
mod weak;
pub mod wrong;
pub mod xml;

pub use clock::Clock;
pub use handle::{Builder, MockSts, StartError, WrongGuard};
pub use journal::Journal;
pub use random::Random;
pub use sts::Sts;
pub use wrong::{Wrong, Wrongs};
