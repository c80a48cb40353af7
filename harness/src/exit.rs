//! The exit codes: part of the API, so that a script can tell a bad answer from a bad question.

use std::process::ExitCode;

/// How a run of the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Conformant, or expected failures only; or the verb did what was asked.
    Done = 0,
    /// Not conformant, or an expected failure that no longer fails.
    NonConformant = 1,
    /// Wrong use: arguments, what they name and is not there, or a bad case, profile or baseline.
    Usage = 2,
    /// Incomplete: the network, TLS or a refusal stood in the way of a verdict.
    Incomplete = 3,
    /// Nothing was selected.
    NothingSelected = 4,
    /// A mistake of this program.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
