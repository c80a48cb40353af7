//! `stsproof report`: what a finished run said, in another form; or several runs side by side.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::Surroundings;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Comparison, Evidence, Format, Style, Wanted};
use crate::verdict::Run;

/// Write reports of a finished run, or lay several runs side by side
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Report {
    /// Several runs instead of one.
    #[command(subcommand)]
    pub several: Option<Several>,
    /// The JSON report of the run
    #[arg(value_name = "RUN.json", required = true)]
    pub run: Option<PathBuf>,
    /// What to write: text, json, junit, markdown or html; `-` is standard output. Without it, text
    #[arg(value_name = "FORMAT=PATH")]
    pub reports: Vec<Wanted>,
    /// Of which cases an HTML report shows what went over the wire
    #[arg(long, value_name = "WHICH", default_value = "findings")]
    pub evidence: Evidence,
    /// Show what only deserves a note, too
    #[arg(long, short)]
    pub verbose: bool,
}

/// What can be done with several runs.
#[derive(Debug, Clone, Subcommand)]
pub enum Several {
    /// Lay runs side by side, differences first
    Compare(Compare),
}

/// Lay runs side by side, differences first
#[derive(Debug, Clone, Args)]
pub struct Compare {
    /// JSON reports, at least two, and what to write: text, markdown or html; without that, text
    #[arg(value_name = "RUN.json|FORMAT=PATH", required = true)]
    pub operands: Vec<Operand>,
    /// On a terminal, tell what all runs judge alike, too
    #[arg(long)]
    pub all: bool,
}

/// A run to compare, or a form to write the comparison in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A JSON report.
    Run(PathBuf),
    /// `FORMAT=PATH`.
    Wanted(Wanted),
}

impl FromStr for Operand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |name: &str| Format::ALL.iter().any(|(known, _)| *known == name);
        match text.split_once('=') {
            Some((name, _)) if known(name) => {
                let wanted: Wanted = text.parse()?;
                if Comparison::FORMATS.contains(&wanted.format) {
                    Ok(Self::Wanted(wanted))
                } else {
                    Err(format!("a comparison has no form `{name}`: it is text, markdown or html"))
                }
            }
            _ => Ok(Self::Run(text.into())),
        }
    }
}

/// Runs the verb.
pub fn report(arguments: &Report, around: &Surroundings<'_>, out: &mut dyn Write) -> Result<Exit, Error> {
    match (&arguments.several, &arguments.run) {
        (Some(Several::Compare(compare)), _) => self::compare(compare, out)?,
        (None, Some(path)) => {
            let run = read(path)?;
            if arguments.reports.is_empty() {
                let style = Style { colour: around.colour, verbose: arguments.verbose };
                report::write_terminal(&run, style, out)?;
            }
            for wanted in &arguments.reports {
                wanted.write(&run, arguments.evidence, out).map_err(|error| unwritable(wanted, &error))?;
            }
        }
        (None, None) => {}
    }
    Ok(Exit::Done)
}

/// A report that was asked for and cannot be written.
pub(super) fn unwritable(wanted: &Wanted, error: &std::io::Error) -> Error {
    let place = wanted.path.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string());
    Error::set_up(place, error.to_string(), "name a file in a folder that can be written")
}

fn compare(arguments: &Compare, out: &mut dyn Write) -> Result<(), Error> {
    let mut runs = Vec::new();
    let mut wanted = Vec::new();
    for operand in &arguments.operands {
        match operand {
            Operand::Run(path) => runs.push(read(path)?),
            Operand::Wanted(one) => wanted.push(one),
        }
    }
    if runs.len() < 2 {
        return Err(Error::usage("there is nothing to compare with", "name the JSON reports of two runs or more"));
    }
    let comparison = Comparison::of(&runs);
    if wanted.is_empty() {
        return Ok(comparison.write(Format::Text, arguments.all, out)?);
    }
    for one in wanted {
        one.deliver(out, |out| comparison.write(one.format, arguments.all, out))
            .map_err(|error| unwritable(one, &error))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Run, Error> {
    let written = "name a file that `stsproof run --report json=FILE` has written";
    let trouble =
        |cause: &dyn std::fmt::Display, remedy: &str| Error::usage(format!("{}: {cause}", path.display()), remedy);
    if path.is_dir() {
        return Err(trouble(
            &"it is a folder",
            "of a recording, `stsproof judge DIR --report FORMAT=PATH` writes reports",
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| trouble(&error, written))?;
    report::read(&bytes).map_err(|unread| match unread {
        report::Unread::Other(cause) => trouble(&cause, written),
        report::Unread::Format(cause) => trouble(&cause, "use the version of stsproof that wrote it, or run again"),
    })
}
