//! The table that every human-readable report begins or ends with: verdicts by specification.

use crate::verdict::{Run, Totals, Verdict};

/// How many requirements of one specification got each verdict.
pub(super) struct Row {
    /// The specification's name.
    pub(super) spec: String,
    /// How many of its requirements the run could speak about.
    pub(super) reached: usize,
    /// How many got each verdict.
    pub(super) totals: Totals,
}

/// One row for each specification that the run reached, in the order of the register.
pub(super) fn by_specification(run: &Run) -> Vec<Row> {
    let mut specs: Vec<&str> = Vec::new();
    for requirement in &run.requirements {
        if !specs.contains(&requirement.spec.as_str()) {
            specs.push(&requirement.spec);
        }
    }
    specs
        .into_iter()
        .map(|spec| {
            let verdicts: Vec<Verdict> =
                run.requirements.iter().filter(|row| row.spec == spec).map(|row| row.verdict).collect();
            Row { spec: spec.to_owned(), reached: verdicts.len(), totals: Totals::of(verdicts) }
        })
        .collect()
}

/// The row that adds up the others.
pub(super) fn total(rows: &[Row], run: &Run) -> Row {
    Row {
        spec: "all specifications".to_owned(),
        reached: rows.iter().map(|row| row.reached).sum(),
        totals: Totals::of(run.requirements.iter().map(|row| row.verdict)),
    }
}
