//! The mock seen from outside: over sockets and as a process.

mod binary;
mod client;
mod doors;
mod login;
mod metadata;
mod serving;
