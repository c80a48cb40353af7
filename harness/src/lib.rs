//! Proves a WS-Trust Security Token Service against the standard, clause by clause.
//!
//! Everything flows one way, and each stage is a plain value that can be written down and read again:
//!
//! ```text
//! case files ─► plan ─► exchange ─► verdict ─► report
//! ```

pub mod answers;
pub mod capability;
pub mod case;
pub mod catalogue;
pub mod change;
pub mod cli;
pub mod discover;
pub mod error;
pub mod exchange;
pub mod exit;
pub mod nearest;
pub mod observe;
pub mod paths;
pub mod plan;
pub mod problem;
pub mod profile;
pub mod random;
pub mod report;
pub mod requirement;
pub mod run;
pub mod selection;
mod shell;
pub mod snapshot;
pub mod source;
pub mod stage;
pub mod suite;
pub mod verdict;
pub mod vocabulary;
