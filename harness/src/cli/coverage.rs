//! `stsproof coverage`: how much of each specification is tested.

mod hostile;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::Data;
use crate::case::model::{CaseId, RequirementId};
use crate::error::Error;
use crate::requirement::{Level, Requirement};
use crate::suite::Suite;

/// Count the requirements that are covered, untested with a reason, and open
#[derive(Debug, Clone, Default, Args)]
pub struct Coverage {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// Print every open requirement, and every hostile class that is left, too
    #[arg(long)]
    pub open: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A case or a rule tests it.
    Covered,
    /// Nothing tests it, for a reason.
    Untested,
    /// Nothing tests it yet.
    Open,
}

/// Rows by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    covered: usize,
    untested: usize,
    open: usize,
}

/// The counts of one specification.
#[derive(Debug, Default, Serialize)]
struct BySpec<'a> {
    spec: &'a str,
    levels: BTreeMap<&'static str, Count>,
    total: Count,
}

#[derive(Serialize)]
struct Whole<'a> {
    total: Count,
    specifications: Vec<BySpec<'a>>,
    requirements: Vec<Row<'a>>,
    hostile: hostile::Classes<'a>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a RequirementId,
    spec: &'a str,
    section: &'a str,
    level: Level,
    state: State,
    cases: Vec<&'a CaseId>,
    rules: Vec<&'a str>,
    mutant: Option<&'a str>,
    untested: Option<&'a str>,
}

/// Writes the table.
pub fn coverage(args: &Coverage, to: &mut impl Write) -> Result<(), Error> {
    let suite = Suite::load(&args.data.source())?;
    let covered = suite.covered();
    if args.json {
        return json(&suite, &covered, to);
    }
    table(&suite, &covered, to)?;
    if args.open {
        writeln!(to, "\nOpen:")?;
        for row in suite.register.rows().iter().filter(|row| state(row, &covered) == State::Open) {
            writeln!(to, "  {:<9} {}  {}", row.level.keyword(), row.id, row.text)?;
        }
    }
    hostile::Classes::of(&suite).write(args.open, to)
}

fn state(row: &Requirement, covered: &BTreeSet<&RequirementId>) -> State {
    match (&row.untested, covered.contains(&row.id)) {
        (_, true) => State::Covered,
        (Some(_), false) => State::Untested,
        (None, false) => State::Open,
    }
}

impl Count {
    fn add(&mut self, state: State) {
        match state {
            State::Covered => self.covered += 1,
            State::Untested => self.untested += 1,
            State::Open => self.open += 1,
        }
    }

    fn all(self) -> usize {
        self.covered + self.untested + self.open
    }
}

/// Specifications in the order of the register, each with its counts by column.
fn count<'a>(suite: &'a Suite, covered: &BTreeSet<&RequirementId>) -> (Vec<BySpec<'a>>, Count) {
    let mut specs: Vec<BySpec<'a>> = Vec::new();
    let mut total = Count::default();
    for row in suite.register.rows() {
        let index = specs.iter().position(|spec| spec.spec == row.spec).unwrap_or_else(|| {
            specs.push(BySpec { spec: &row.spec, ..BySpec::default() });
            specs.len() - 1
        });
        let state = state(row, covered);
        specs[index].levels.entry(row.level.column()).or_default().add(state);
        specs[index].total.add(state);
        total.add(state);
    }
    (specs, total)
}

fn table(suite: &Suite, covered: &BTreeSet<&RequirementId>, to: &mut impl Write) -> Result<(), Error> {
    let (specs, total) = count(suite, covered);
    let width = specs.iter().map(|spec| spec.spec.chars().count()).max().unwrap_or(0).max("Specification".len());
    write!(to, "{:width$}", "Specification")?;
    for name in Level::COLUMNS {
        write!(to, "  {name:>9}")?;
    }
    writeln!(to, "  {:>7}  {:>8}  {:>5}", "covered", "untested", "open")?;
    for spec in &specs {
        write!(to, "{:width$}", spec.spec)?;
        for name in Level::COLUMNS {
            let cell =
                spec.levels.get(name).map_or("-".to_owned(), |count| format!("{}/{}", count.covered, count.all()));
            write!(to, "  {cell:>9}")?;
        }
        let Count { covered, untested, open } = spec.total;
        writeln!(to, "  {covered:>7}  {untested:>8}  {open:>5}")?;
    }
    let Count { covered, untested, open } = total;
    let all = total.all();
    writeln!(to, "\n{all} requirements: {covered} covered, {untested} untested with a reason, {open} open")?;
    Ok(writeln!(to, "Columns by level: covered/all. SHOULD includes RECOMMENDED, MAY includes AMBIGUOUS.")?)
}

fn json(suite: &Suite, covered: &BTreeSet<&RequirementId>, to: &mut impl Write) -> Result<(), Error> {
    let (specifications, total) = count(suite, covered);
    let requirements = suite.register.rows().iter().map(|row| Row {
        id: &row.id,
        spec: &row.spec,
        section: &row.section,
        level: row.level,
        state: state(row, covered),
        cases: suite.cases_for(&row.id),
        rules: suite.rules_for(&row.id),
        mutant: row.mutant.as_deref(),
        untested: row.untested.as_deref(),
    });
    let whole =
        Whole { total, specifications, requirements: requirements.collect(), hostile: hostile::Classes::of(suite) };
    serde_json::to_writer_pretty(&mut *to, &whole).map_err(std::io::Error::from)?;
    Ok(writeln!(to)?)
}
