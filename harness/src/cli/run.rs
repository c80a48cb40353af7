//! `stsproof run`: ask a target everything and say what holds.

mod mock;
mod progress;
mod target;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

pub(super) use self::target::Target;
use super::report::unwritable;
use super::{Data, Surroundings};
use crate::case::lint::changes;
use crate::error::Error;
use crate::exchange::drive::Options;
use crate::exchange::fresh::Source;
use crate::exit::Exit;
use crate::paths::VariantPaths;
use crate::problem::Problems;
use crate::profile::Profile;
use crate::report::{self, Evidence, Style, Wanted};
use crate::run::{Finished, Job};
use crate::selection::Selection;
use crate::shell::quoted;
use crate::snapshot::{Change, Store};
use crate::suite::Suite;
use crate::verdict::{CaseVerdict, Conclusion, Run as Judged, Verdict};

/// Ask a target everything and say what holds; without a target, the bundled mock
#[derive(Debug, Clone, Default, Args)]
pub struct Run {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// What is tested.
    #[command(flatten)]
    pub target: Target,
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// What is written.
    #[command(flatten)]
    pub output: Output,
    /// Keep every exchange in this new folder, for `stsproof judge`
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Keep passwords, keys and usable tokens in recordings and reports
    #[arg(long)]
    pub with_secrets: bool,
    /// Compare the answers with those that the last run left in this folder; a difference is told, and is no failure
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
    /// Take over answers that differ from the snapshots
    #[arg(long, requires = "snapshots")]
    pub accept: bool,
}

/// What is written, and where.
#[derive(Debug, Clone, Default, Args)]
pub struct Output {
    /// Write a report: text, json, junit, markdown or html; may be repeated, `-` is standard output
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    pub reports: Vec<Wanted>,
    /// Of which cases an HTML report shows what went over the wire
    #[arg(long, value_name = "WHICH", default_value = "findings")]
    pub evidence: Evidence,
    /// Show what only deserves a note, too
    #[arg(long, short)]
    pub verbose: bool,
}

/// Runs the verb.
pub fn run(arguments: &Run, around: &Surroundings<'_>, out: &mut dyn Write) -> Result<Exit, Error> {
    let suite = Suite::load(&arguments.data.source())?;
    // The mock lives as long as the run.
    let (profile, _mock) = arguments.target.profile(&suite)?;
    let target = arguments.target.open(&profile, around)?;
    can_be_sent(arguments, &suite, target.profile())?;
    let job = Job {
        suite: &suite,
        target: &target,
        selection: &arguments.selection,
        options: Options {
            workers: profile.limits.workers,
            rate: profile.limits.rate,
            requests: profile.limits.requests,
            timeout: profile.limits.timeout,
            source: Source::system(),
            with_secrets: arguments.with_secrets,
            callback_grace: Duration::from_millis(200),
        },
        record: arguments.record.as_deref(),
        snapshots: arguments.snapshots.as_deref().map(|folder| Store::new(folder, arguments.accept)),
        again: arguments.again(),
    };
    let progress = progress::Bar::new(around.interactive);
    let Finished { run, changes } = job.run(&progress)?;
    progress.finish();
    arguments.output.write(&run, around, out)?;
    if arguments.output.takes_asides() {
        show_changes(&changes, out)?;
    } else {
        show_changes(&changes, &mut io::stderr())?;
    }
    Ok(exit_of_cases(&run))
}

/// A case of the user's own is their mistake, and told before anybody is asked. Those in the program were checked when
/// it was made.
fn can_be_sent(arguments: &Run, suite: &Suite, profile: &Profile) -> Result<(), Error> {
    if arguments.data.folder.is_none() {
        return Ok(());
    }
    let (paths, mut seen) = (VariantPaths::new(&suite.vocabulary), BTreeSet::new());
    let selection = &arguments.selection;
    let planned = selection.of(&selection.plan(suite, profile)?, suite)?;
    let sent = planned.iter().filter(|planned| planned.inapplicable.is_none()).map(|planned| planned.case);
    let each_once = sent.filter(|case| seen.insert(&case.id));
    Ok(Problems::none_of(each_once.filter_map(|case| changes::impossible(case, suite, &paths)).collect())?)
}

impl Run {
    /// The command that tests the same again, but for the selection, which a report names case by case.
    fn again(&self) -> String {
        let cases = self.data.folder.as_ref().map(|folder| quoted(&folder.display().to_string()));
        let cases = cases.map(|folder| format!(" --cases {folder}")).unwrap_or_default();
        let hazards: Vec<String> =
            self.selection.hazards.iter().map(|hazard| format!(" --hazard {}", hazard.word())).collect();
        let hazards = hazards.concat();
        let hostile = if self.selection.hostile { " --hostile" } else { "" };
        format!("{}{cases}{hostile}{hazards}", self.target.again())
    }
}

impl Output {
    /// Whether standard output is for people: a report for programs must stand there alone.
    pub(super) fn takes_asides(&self) -> bool {
        self.reports.iter().all(|wanted| wanted.path.is_some())
    }

    /// Writes every report that was asked for; the terminal's, unless standard output is taken by another one.
    pub(super) fn write(&self, run: &Judged, around: &Surroundings<'_>, out: &mut dyn Write) -> Result<(), Error> {
        if self.takes_asides() {
            report::write_terminal(run, Style { colour: around.colour, verbose: self.verbose }, out)?;
        }
        for wanted in &self.reports {
            wanted.write(run, self.evidence, out).map_err(|error| unwritable(wanted, &error))?;
        }
        Ok(())
    }
}

/// What the verdict means for a script.
pub(super) fn exit(run: &Judged) -> Exit {
    match run.conclusion {
        Conclusion::Conformant if run.cases.iter().all(|case| case.verdict == Verdict::Inapplicable) => {
            Exit::NothingSelected
        }
        Conclusion::Conformant => Exit::Done,
        Conclusion::NonConformant => Exit::NonConformant,
        Conclusion::Incomplete => Exit::Incomplete,
    }
}

/// The same for what was planned by cases: one that could not even be made into a request is a bad case.
pub(super) fn exit_of_cases(run: &Judged) -> Exit {
    let unmade = |case: &CaseVerdict| case.verdict == Verdict::Error && case.evidence.exchanges.is_empty();
    match exit(run) {
        Exit::Incomplete if run.cases.iter().any(unmade) => Exit::Usage,
        exit => exit,
    }
}

fn show_changes(changes: &[Change], out: &mut dyn Write) -> Result<(), Error> {
    let new = changes.iter().filter(|change| matches!(change, Change::New { .. })).count();
    match new {
        0 => {}
        1 => writeln!(out, "\n1 answer is a snapshot for the first time")?,
        _ => writeln!(out, "\n{new} answers are snapshots for the first time")?,
    }
    for change in changes {
        if let Change::Changed { name, difference, accepted } = change {
            let what = if *accepted { "taken over" } else { "take it over with --accept" };
            writeln!(out, "\n{name} differs from its snapshot ({what}):\n{}", report::harmless(difference))?;
        }
    }
    Ok(())
}
