//! `stsproof judge`: the verdicts of a recording, without a network.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::run::{Output, exit_of_cases};
use super::{Data, Surroundings};
use crate::error::Error;
use crate::exchange::record;
use crate::exit::Exit;
use crate::suite::Suite;

/// Compute the verdicts of a recording again, without a network
#[derive(Debug, Clone, Default, Args)]
pub struct Judge {
    /// The folder that `stsproof run --record DIR` wrote
    #[arg(value_name = "DIR")]
    pub recording: PathBuf,
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// What is written.
    #[command(flatten)]
    pub output: Output,
}

/// Runs the verb.
pub fn judge(arguments: &Judge, around: &Surroundings<'_>, out: &mut dyn Write) -> Result<Exit, Error> {
    let suite = Suite::load(&arguments.data.source())?;
    let recording = record::read(&arguments.recording).map_err(crate::run::trouble)?;
    for note in &recording.notes {
        if arguments.output.takes_asides() {
            writeln!(out, "note: {note}")?;
        } else {
            writeln!(io::stderr(), "note: {note}")?;
        }
    }
    let run = crate::run::judge(&suite, &recording)?;
    arguments.output.write(&run, around, out)?;
    Ok(exit_of_cases(&run))
}
