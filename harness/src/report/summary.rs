//! What every human-readable report begins or ends with: verdicts by specification, and the word about the whole.

use std::collections::BTreeSet;

use crate::requirement::Level;
use crate::verdict::{CaseVerdict, Conclusion, Expectation, RequirementVerdict, Run, Totals, Verdict};

/// How many requirements of one specification, or of one weight, got each verdict.
pub(super) struct Row {
    /// The specification's name, or the keyword.
    pub(super) spec: String,
    /// How many of its requirements the run could speak about.
    pub(super) reached: usize,
    /// How many got each verdict.
    pub(super) totals: Totals,
}

impl Row {
    /// How many there are, looked at or not.
    pub(super) fn all(&self) -> usize {
        Verdict::ALL.iter().map(|verdict| self.totals.count(*verdict)).sum()
    }
}

/// One row for each specification that the run reached, in the order of the register.
pub(super) fn by_specification(run: &Run) -> Vec<Row> {
    let specs = specifications(&run.requirements);
    specs.into_iter().map(|spec| row(spec, run, |requirement| requirement.spec == spec)).collect()
}

/// One row for each weight that the run reached: MUST and its kin together, and so on.
pub(super) fn by_level(run: &Run) -> Vec<Row> {
    let rows = Level::COLUMNS.map(|column| row(column, run, |requirement| self::column(requirement) == column));
    rows.into_iter().filter(|row| row.reached > 0).collect()
}

/// One row for each layer of hostile requests that the run sent.
pub(super) fn by_layer(run: &Run) -> Vec<Row> {
    let layer = |case: &CaseVerdict| Some(case.case.strip_prefix("hostile/")?.split('/').next()?.to_owned());
    let layers: BTreeSet<String> = run.cases.iter().filter_map(layer).collect();
    let row = |name: String| {
        let sent = run.cases.iter().filter(|case| case.verdict != Verdict::Inapplicable);
        let verdicts: Vec<Verdict> =
            sent.filter(|case| layer(case).as_ref() == Some(&name)).map(|case| case.verdict).collect();
        Row { spec: name, reached: verdicts.len(), totals: Totals::of(verdicts) }
    };
    layers.into_iter().map(row).filter(|row| row.reached > 0).collect()
}

/// The row that adds up the others.
pub(super) fn total(rows: &[Row], run: &Run) -> Row {
    Row {
        spec: "all specifications".to_owned(),
        reached: rows.iter().map(|row| row.reached).sum(),
        totals: Totals::of(run.requirements.iter().map(|row| row.verdict)),
    }
}

/// The names of the specifications that rows come from, each once, in their order.
pub(super) fn specifications<'r>(requirements: impl IntoIterator<Item = &'r RequirementVerdict>) -> Vec<&'r str> {
    let mut specs: Vec<&str> = Vec::new();
    for requirement in requirements {
        if !specs.contains(&requirement.spec.as_str()) {
            specs.push(&requirement.spec);
        }
    }
    specs
}

/// The column of [`Level::COLUMNS`] that a requirement is counted in.
pub(super) fn column(requirement: &RequirementVerdict) -> &'static str {
    Level::of_keyword(&requirement.level).unwrap_or(Level::Ambiguous).column()
}

/// The conclusion in words, and the verdict whose colour it has.
pub(super) fn word(run: &Run) -> (Verdict, &'static str) {
    match run.conclusion {
        Conclusion::Conformant if has_expected(run) => (Verdict::Pass, "conformant with expected deviations only"),
        Conclusion::Conformant => (Verdict::Pass, "conformant in all that was tested"),
        Conclusion::NonConformant => (Verdict::Fail, "not conformant"),
        Conclusion::Incomplete => (Verdict::Blocked, "incomplete"),
    }
}

fn row(name: &str, run: &Run, belongs: impl Fn(&RequirementVerdict) -> bool) -> Row {
    let rows = run.requirements.iter().filter(|requirement| belongs(requirement));
    let verdicts: Vec<Verdict> = rows.map(|requirement| requirement.verdict).collect();
    Row { spec: name.to_owned(), reached: reached(&verdicts), totals: Totals::of(verdicts) }
}

/// How many were looked at. What was blocked, or what the tool failed at, says nothing about the target.
pub(super) fn reached(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| !verdict.is_open()).count()
}

fn has_expected(run: &Run) -> bool {
    run.requirements.iter().any(|row| Expectation::excuses(row.expectation.as_ref()))
        || run.cases.iter().any(|case| Expectation::excuses(case.expectation.as_ref()))
}
