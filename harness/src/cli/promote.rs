//! `stsproof promote`: a small failure of a campaign as an ordinary case.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Data;
use crate::error::Error;
use crate::nearest::did_you_mean;
use crate::random::part::Part;
use crate::random::{data, outcome, promote as case};
use crate::suite::Suite;

/// Write what a campaign found as ordinary cases
#[derive(Debug, Clone, Default, Args)]
pub struct Promote {
    /// The folder that `stsproof fuzz --resume DIR` or `stsproof merge --into DIR` wrote
    #[arg(value_name = "DIR")]
    pub campaign: PathBuf,
    /// Only what has these names; everything that failed 3 of 3 times without any
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The folder of cases to write to, as `stsproof export` makes one
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
}

/// Runs the verb.
pub fn promote(arguments: &Promote, out: &mut dyn Write) -> Result<(), Error> {
    let into = arguments.into.display();
    if !arguments.into.join("vocabulary.toml").is_file() {
        let cause = format!("{into}: this is no folder of cases, it has no `vocabulary.toml`");
        return Err(Error::usage(cause, format!("make one with `stsproof export {into}`, or name another folder")));
    }
    let source = arguments.data.source();
    let suite = Suite::load(&source)?;
    let data = data::Data::load(&source, &suite)?;
    let part = Part::read(&arguments.campaign)?.ok_or_else(|| {
        let cause = format!("{} holds no campaign", arguments.campaign.display());
        Error::usage(cause, "name a folder that `stsproof fuzz --resume DIR` wrote")
    })?;
    for name in &arguments.names {
        if !part.small.iter().any(|small| small.name == *name) {
            let known = part.small.iter().map(|small| small.name.as_str());
            let remedy = did_you_mean(name, known, "`stsproof fuzz` prints the names");
            return Err(Error::usage(format!("the campaign has found no `{name}`"), remedy));
        }
    }
    let wanted = |small: &&crate::random::part::Small| match arguments.names.as_slice() {
        [] => small.repeats == 3,
        names => names.contains(&small.name),
    };
    let chosen: Vec<_> = part.small.iter().filter(wanted).cloned().collect();
    if chosen.is_empty() {
        return Err(Error::NothingSelected {
            cause: "the campaign has found nothing that failed each time".to_owned(),
            remedy: "name what is to be promoted all the same".to_owned(),
        });
    }
    // A case that would not load is not written.
    outcome::suite_with(&chosen, &source, &suite, &data)?;
    for small in &chosen {
        let file = arguments.into.join(format!("{}.toml", case::id(small)));
        let wrong = |error: std::io::Error| {
            Error::set_up(file.display().to_string(), error.to_string(), "name a folder that can be written")
        };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(wrong)?;
        }
        fs::write(&file, case::toml(small, &suite, &data)?).map_err(wrong)?;
        writeln!(out, "{}", file.display())?;
    }
    writeln!(out, "next: stsproof lint --cases {into} --update-ids")?;
    Ok(writeln!(out, "      stsproof run TARGET --cases {into} --case hostile/found/")?)
}
