//! `stsproof lint`: everything that is wrong with the data, at once.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Data;
use crate::case::lint;
use crate::error::Error;
use crate::problem::Problems;
use crate::suite::Suite;

/// Check the cases, the rules and the register
#[derive(Debug, Clone, Default, Args)]
pub struct Lint {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// The folder of golden answers; by default `golden` beside the folder of the cases
    #[arg(long, value_name = "DIR")]
    pub golden: Option<PathBuf>,
    /// Add new ids to `ids.txt` in the folder of the cases first
    #[arg(long, requires = "folder")]
    pub update_ids: bool,
}

/// Reads everything, with new ids written down where that is asked for; says that it is in order, or all that is wrong.
pub fn lint(args: &Lint, to: &mut impl Write) -> Result<(), Error> {
    let source = args.data.source();
    let (mut suite, mut problems) = Suite::read(&source)?;
    if args.update_ids && problems.is_empty() {
        update(args, &suite, to)?;
        (suite, problems) = Suite::read(&source)?;
    }
    // A case that could not be read makes rows look uncovered and ids look vanished: one thing after the other.
    if problems.is_empty() {
        problems = lint::lint(&suite, golden(args).as_deref())?;
    }
    Problems::none_of(problems)?;
    let (cases, rules, rows) = (suite.cases.len(), suite.rules.len(), suite.register.rows().len());
    Ok(writeln!(to, "{cases} cases, {rules} rules, {rows} requirements: in order")?)
}

fn update(args: &Lint, suite: &Suite, to: &mut impl Write) -> Result<(), Error> {
    let Some(folder) = &args.data.folder else { return Ok(()) };
    let path = folder.join("ids.txt");
    let remedy = "check that the folder can be written to";
    std::fs::write(&path, lint::ids(suite))
        .map_err(|error| Error::set_up(path.display().to_string(), error.to_string(), remedy))?;
    let added = match lint::new_ids(suite).len() {
        0 => "nothing to add".to_owned(),
        1 => "1 id added".to_owned(),
        many => format!("{many} ids added"),
    };
    Ok(writeln!(to, "{}: {added}", path.display())?)
}

/// The folder that is named, or the one beside the cases where they come from a folder.
fn golden(args: &Lint) -> Option<PathBuf> {
    let beside = || args.data.folder.as_ref().map(|cases| cases.join("../golden")).filter(|path| path.is_dir());
    args.golden.clone().or_else(beside)
}
