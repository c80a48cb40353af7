//! What every human-readable report begins or ends with: verdicts by specification, and the word about the whole.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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

/// Cases that say nothing about the target, all for the same reason.
pub(super) struct Unseen<'r> {
    /// How they count.
    pub(super) verdict: Verdict,
    /// The reason.
    pub(super) because: &'r str,
    /// Their names.
    pub(super) names: Vec<&'r str>,
}

/// What says nothing about the target, by the reason, the most frequent of a verdict first.
pub(super) fn unseen(run: &Run, belongs: impl Fn(Verdict) -> bool) -> Vec<Unseen<'_>> {
    let mut by_reason: BTreeMap<(Verdict, &str), Vec<&str>> = BTreeMap::new();
    for case in run.cases.iter().filter(|case| belongs(case.verdict)) {
        let because = case.findings.first().map_or("", |finding| finding.message.as_str());
        by_reason.entry((case.verdict, because)).or_default().push(&case.name);
    }
    let unseen = by_reason.into_iter().map(|((verdict, because), names)| Unseen { verdict, because, names });
    let mut unseen: Vec<_> = unseen.collect();
    unseen.sort_by_key(|unseen| (unseen.verdict, Reverse(unseen.names.len())));
    unseen
}

/// Why cases were not asked, where there is no room for all: how many for the most frequent reasons, and for the others.
pub(super) fn not_asked(run: &Run) -> Vec<(usize, String)> {
    const REASONS: usize = 3;
    let unseen = unseen(run, |verdict| verdict == Verdict::Inapplicable);
    let (first, others) = unseen.split_at(unseen.len().min(REASONS));
    let rest = others.iter().map(|unseen| unseen.names.len()).sum();
    let rest = match others {
        [] => None,
        [only] => Some((rest, only.because.to_owned())),
        others => Some((rest, format!("for {} other reasons, which an HTML report lists", others.len()))),
    };
    first.iter().map(|unseen| (unseen.names.len(), unseen.because.to_owned())).chain(rest).collect()
}

/// How many cases there are, and how many got each verdict.
pub(super) fn totals(run: &Run) -> String {
    let count = |verdict: &Verdict| Some(run.totals.count(*verdict)).filter(|count| *count > 0);
    let parts = Verdict::ALL.iter().filter_map(|verdict| Some(format!("{} {verdict}", count(verdict)?)));
    let cases = match run.cases.len() {
        1 => "1 case".to_owned(),
        many => format!("{many} cases and variants"),
    };
    format!("{cases}: {}", parts.collect::<Vec<_>>().join(", "))
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
