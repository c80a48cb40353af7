//! The verbs: raw arguments, and functions that write to whatever they are given.

use std::path::PathBuf;

use clap::Args;

pub use self::arguments::{Arguments, Surroundings, Verb};
pub use self::ending::ended;
use crate::source::Source;

mod arguments;
pub mod coverage;
mod ending;
pub mod export;
pub mod fuzz;
pub mod init;
pub mod judge;
pub mod lint;
pub mod list;
pub mod merge;
pub mod promote;
pub mod report;
pub mod run;
pub mod show;
mod words;

/// Where the data comes from, for every verb that reads it.
#[derive(Debug, Clone, Default, Args)]
pub struct Data {
    /// Read cases, rules and requirements from this folder instead of those in the program
    #[arg(long = "cases", value_name = "DIR", global = true)]
    pub folder: Option<PathBuf>,
}

impl Data {
    /// The folder if one is named, otherwise what the binary carries.
    pub fn source(&self) -> Source {
        Source::new(self.folder.as_deref())
    }
}
