//! Proves a WS-Trust Security Token Service against the standard, clause by clause.
//!
//! Everything flows one way, and each stage is a plain value that can be written down and read again:
//!
//! ```text
//! case files ─► plan ─► exchange ─► verdict ─► report
//! ```

pub mod case;
pub mod change;
pub mod exchange;
pub mod plan;
pub mod verdict;
