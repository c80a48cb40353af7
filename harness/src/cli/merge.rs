//! `stsproof merge`: the shares of a campaign as one.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::fuzz::{Repeat, conflicts, told};
use super::run::{Output, exit};
use super::{Data, Surroundings};
use crate::error::Error;
use crate::exchange::fresh::{Source, date_time};
use crate::exit::Exit;
use crate::profile::Profile;
use crate::random::data;
use crate::random::outcome;
use crate::random::part::Part;
use crate::shell::quoted;
use crate::suite::Suite;
use crate::verdict;

/// Put the shares of one campaign together and report them as the whole
#[derive(Debug, Clone, Default, Args)]
pub struct Merge {
    /// The folders that `stsproof fuzz --shard I/N --resume DIR` wrote
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Write the merged campaign to this folder
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// The profile of the target: what it claims, and the deviations that are expected of it
    #[arg(long, value_name = "FILE|NAME")]
    pub profile: Option<PathBuf>,
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// What is written.
    #[command(flatten)]
    pub output: Output,
}

/// Runs the verb.
pub fn merge(arguments: &Merge, around: &Surroundings<'_>, out: &mut dyn Write) -> Result<Exit, Error> {
    let source = arguments.data.source();
    let suite = Suite::load(&source)?;
    let data = data::Data::load(&source, &suite)?;
    let mut whole: Option<Part> = None;
    for folder in &arguments.folders {
        let part = Part::read(folder)?.ok_or_else(|| {
            Error::usage(
                format!("{} holds no campaign", folder.display()),
                "name folders that `stsproof fuzz --resume DIR` wrote",
            )
        })?;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => whole.merge(part)?,
        }
    }
    let mut part = whole.ok_or_else(|| Error::Bug { cause: "nothing to merge was let through".to_owned() })?;
    if let Some(folder) = &arguments.into {
        if Part::read(folder)?.is_some() {
            return Err(Error::usage(
                format!("{} holds a campaign already", folder.display()),
                "name another folder with `--into`: nothing is written over what was found",
            ));
        }
        part.write(folder)?;
    }
    // A part of the numbers is not the campaign: nobody may take it for that.
    part.halted = part.halted.take().or_else(|| part.gaps());
    let with = outcome::suite_with(&part.small, &source, &suite, &data)?;
    let profile = match &arguments.profile {
        Some(file) => Profile::load(file, &with)?,
        None => Profile::for_merge(&part.identity.target, &with)?,
    };
    let target = verdict::Target {
        name: part.identity.target.clone(),
        url: part.identity.target.clone(),
        again: again(arguments, &part),
    };
    let started = date_time(Source::system().of("start").now());
    let mut run = outcome::run(&part, &with, &profile, None, target, started);
    repeat(arguments, &part).note(&part, &mut run);
    arguments.output.write(&run, around, out)?;
    if arguments.output.takes_asides() {
        told(&part, part.tally.drawn, 0.0, out)?;
    }
    conflicts(&part)?;
    Ok(exit(&run))
}

/// The command that makes the whole campaign again, on one machine.
fn again(arguments: &Merge, part: &Part) -> String {
    let target = target(part);
    let cases =
        arguments.data.folder.as_ref().map(|folder| format!(" --cases {}", quoted(&folder.display().to_string())));
    let (seed, count) = (part.identity.seed, part.count);
    format!("stsproof fuzz{target} --seed {seed} --count {count}{}", cases.unwrap_or_default())
}

/// The parts of a campaign say what its target is called, not how it is reached.
fn target(part: &Part) -> &'static str {
    if part.identity.target == "mock-sts" { "" } else { " TARGET" }
}

/// How what was found is asked again.
fn repeat<'a>(arguments: &'a Merge, part: &Part) -> Repeat<'a> {
    let word = |path: &PathBuf| quoted(&path.display().to_string());
    let folders = arguments.folders.iter().map(word).collect::<Vec<_>>().join(" ");
    let target = target(part);
    Repeat {
        keep: arguments.into.is_none().then(|| format!("stsproof merge {folders} --into found")),
        folder: arguments.into.clone().unwrap_or_else(|| "found".into()),
        cases: arguments.data.folder.as_deref(),
        run: format!("stsproof run{target}"),
    }
}
