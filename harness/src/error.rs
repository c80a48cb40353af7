//! Errors by the owner of the fault. What a target does wrong is a verdict, never one of these.

use std::fmt::Display;
use std::io::{self, Write};

use crate::exit::Exit;
use crate::problem::Problems;

/// Why a verb could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments.
    #[error("{cause}")]
    Usage {
        /// What is wrong, with the offending value.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A case, rule, requirement, profile or baseline.
    #[error("{0}")]
    Data(#[from] Problems),
    /// What surrounds the run: network, programs that are asked for secrets, places that cannot be written to.
    #[error("{place}: {cause}")]
    SetUp {
        /// The address or file.
        place: String,
        /// What went wrong there.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// The filters leave nothing.
    #[error("{cause}")]
    NothingSelected {
        /// What was asked for.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// This program.
    #[error("{cause}")]
    Bug {
        /// What should never happen.
        cause: String,
    },
}

impl Error {
    /// Wrong use of the command line.
    pub fn usage(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { cause: cause.into(), remedy: remedy.into() }
    }

    /// A value or file that somebody named, and that is not there or not what it has to be.
    pub fn input(place: impl Display, cause: impl Display, remedy: impl Into<String>) -> Self {
        Self::usage(format!("{place}: {cause}"), remedy)
    }

    /// Something around the run.
    pub fn set_up(place: impl Into<String>, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::SetUp { place: place.into(), cause: cause.into(), remedy: remedy.into() }
    }

    /// The code that the program ends with.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Data(_) => Exit::Usage,
            Self::SetUp { .. } => Exit::Incomplete,
            Self::NothingSelected { .. } => Exit::NothingSelected,
            Self::Bug { .. } => Exit::Bug,
        }
    }

    /// Writes place, cause and remedy.
    pub fn write(&self, to: &mut impl Write, colour: bool) -> io::Result<()> {
        match self {
            Self::Data(problems) => problems.write(to, colour),
            Self::Usage { remedy, .. } | Self::SetUp { remedy, .. } | Self::NothingSelected { remedy, .. } => {
                writeln!(to, "error: {self}\n  help: {remedy}")
            }
            Self::Bug { cause } => {
                writeln!(to, "bug: {cause}\n  help: this is a mistake of stsproof; please report it with the command")
            }
        }
    }
}

impl From<io::Error> for Error {
    /// Output that cannot be written; whoever reads a file names it with [`Error::set_up`].
    fn from(error: io::Error) -> Self {
        Self::set_up("output", error.to_string(), "check that the place written to is open and has room")
    }
}
