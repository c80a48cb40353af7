//! Several runs side by side: which requirements they judge differently, which only some of them reach, and the rest.

mod markdown;
mod page;
mod terminal;

use std::fmt;
use std::io::{self, Write};

use super::Format;
use super::summary::reached;
use crate::verdict::{Expectation, RequirementVerdict, Run, Verdict};

/// Several runs, and their requirements by how they agree.
#[derive(Debug)]
pub struct Comparison<'r> {
    runs: &'r [Run],
    rows: Vec<Row<'r>>,
}

/// One requirement in all runs.
#[derive(Debug)]
struct Row<'r> {
    /// The requirement, as the last run that reached it has it.
    about: &'r RequirementVerdict,
    /// What each run says; none where it does not reach the requirement.
    cells: Vec<Option<Cell>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    verdict: Verdict,
    excused: bool,
}

/// How much of a specification holds in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share {
    held: usize,
    reached: usize,
    worst: Option<Verdict>,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { worst: None, .. } => f.write_str("·"),
            Self { held, reached, .. } if held == reached && *held > 0 => write!(f, "{held}"),
            Self { held, reached, .. } => write!(f, "{held}/{reached}"),
        }
    }
}

/// How the runs stand to each other in one requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    /// At least two verdicts differ.
    Differs,
    /// Those that reach it agree, but not all do.
    Partial,
    /// All say the same.
    Alike,
}

impl Agreement {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Differs, "Judged differently"),
        (Self::Partial, "Reached by some of the runs"),
        (Self::Alike, "Judged alike"),
    ];
}

impl<'r> Comparison<'r> {
    /// Lays runs side by side, in the order given.
    pub fn of(runs: &'r [Run]) -> Self {
        let mut rows: Vec<Row<'r>> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (index, run) in runs.iter().enumerate() {
            for about in &run.requirements {
                let place = *places.entry(about.id.as_str()).or_insert_with(|| {
                    rows.push(Row { about, cells: vec![None; runs.len()] });
                    rows.len() - 1
                });
                rows[place].about = about;
                rows[place].cells[index] =
                    Some(Cell { verdict: about.verdict, excused: Expectation::excuses(about.expectation.as_ref()) });
            }
        }
        Self { runs, rows }
    }

    /// The forms in which a comparison can be written.
    pub const FORMATS: [Format; 3] = [Format::Text, Format::Markdown, Format::Html];

    /// Writes it; `all` also tells on a terminal what all runs judge alike.
    pub fn write(&self, format: Format, all: bool, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Html => page::write(self, out),
            Format::Markdown => markdown::write(self, out),
            Format::Text | Format::Json | Format::Junit => terminal::write(self, all, out),
        }
    }

    /// The rows of one kind of agreement, by specification.
    fn by_specification(&self, agreement: Agreement) -> Vec<(&'r str, Vec<&Row<'r>>)> {
        let specs = super::summary::specifications(self.rows.iter().map(|row| row.about));
        let of = |spec: &str| {
            self.rows.iter().filter(|row| row.about.spec == spec && row.agreement() == agreement).collect()
        };
        let groups = specs.into_iter().map(|spec| (spec, of(spec)));
        groups.filter(|(_, rows): &(_, Vec<_>)| !rows.is_empty()).collect()
    }

    fn count(&self, agreement: Agreement) -> usize {
        self.rows.iter().filter(|row| row.agreement() == agreement).count()
    }

    /// How many requirements of a specification hold in each run.
    fn held(&self, spec: &str) -> Vec<Share> {
        let of = |run: usize| {
            let cells = self.rows.iter().filter(|row| row.about.spec == spec).filter_map(|row| row.cells[run]);
            let verdicts: Vec<Verdict> = cells.map(|cell| cell.verdict).collect();
            let held = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Pass | Verdict::Note)).count();
            Share { held, reached: reached(&verdicts), worst: verdicts.into_iter().max() }
        };
        (0..self.runs.len()).map(of).collect()
    }

    fn specifications(&self) -> Vec<&'r str> {
        super::summary::specifications(self.rows.iter().map(|row| row.about))
    }

    /// What a reader must know before believing a difference.
    fn caution(&self) -> Option<&'static str> {
        let first = self.runs.first()?;
        self.runs.iter().any(|run| run.suite != first.suite).then_some(
            "The runs were judged by different versions of the suite: a difference may be the suite's and not the target's.",
        )
    }
}

impl Row<'_> {
    fn agreement(&self) -> Agreement {
        let mut said = self.cells.iter().flatten().map(|cell| cell.verdict);
        let first = said.next();
        if said.any(|verdict| Some(verdict) != first) {
            Agreement::Differs
        } else if self.cells.contains(&None) {
            Agreement::Partial
        } else {
            Agreement::Alike
        }
    }
}

/// The letter that stands for a run in the head of a column.
fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(index @ 0..26) => char::from(b'A' + index).to_string(),
        _ => (index + 1).to_string(),
    }
}
