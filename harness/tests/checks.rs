//! Every check catches a misbehaviour of the mock, or says why it cannot yet: otherwise nobody would notice if it were
//! gone. What catches what stands in the kill matrix, which `mutants` holds to the truth.

use std::collections::{BTreeMap, BTreeSet};

use stsproof::source::Source;
use stsproof::suite::Suite;

const MATRIX: &str = include_str!("snapshots/kill-matrix.snap");

#[test]
fn every_check_catches_a_misbehaviour_or_says_why_not() {
    let (known, busy, idle) = (known(), busy(), idle());
    let silent: Vec<&String> = known.iter().filter(|check| !busy.contains(*check) && !idle.contains(*check)).collect();
    assert!(silent.is_empty(), "these catch nothing, so nobody would notice if they were gone: {silent:#?}");
    let paid: Vec<&String> = idle.intersection(&busy).collect();
    assert!(paid.is_empty(), "these catch something by now, and leave checks-open.toml: {paid:#?}");
}

#[test]
fn no_check_is_lost() {
    let known = known();
    let lost: Vec<String> = busy().union(&idle()).filter(|check| !known.contains(*check)).cloned().collect();
    assert!(
        lost.is_empty(),
        "the kill matrix and checks-open.toml know these, the suite does not (a check that was meant to go needs \
         `mutants` to be run and its matrix reviewed): {lost:#?}"
    );
}

/// The checks of the suite.
fn known() -> BTreeSet<String> {
    let suite = Suite::load(&Source::new(None)).unwrap_or_else(|error| panic!("the suite does not load: {error}"));
    let mut known = BTreeSet::new();
    for case in suite.cases.iter().filter(|case| case.hostile.is_none()) {
        for step in &case.steps {
            let source = if case.steps.len() > 1 { format!("{} {}", case.id, step.name) } else { case.id.to_string() };
            known.extend((1..=step.expect.checks.len()).map(|check| format!("{source}, check {check}")));
        }
    }
    for rule in &suite.rules {
        known.extend((1..=rule.checks.len()).map(|check| format!("rule {}, check {check}", rule.id)));
    }
    known
}

/// The checks that catch something.
fn busy() -> BTreeSet<String> {
    let lines = MATRIX.lines().filter_map(|line| line.strip_prefix("    "));
    let checks = lines.filter_map(|line| line.rsplit_once(" (")).map(|(check, _)| check);
    checks.filter(|check| !check.ends_with(", the kind of answer")).map(str::to_owned).collect()
}

/// The checks that catch nothing yet.
fn idle() -> BTreeSet<String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Group {
        reason: String,
        checks: Vec<String>,
    }
    let groups: BTreeMap<String, Group> =
        toml::from_str(include_str!("checks-open.toml")).unwrap_or_else(|error| panic!("{error}"));
    assert!(groups.values().all(|group| !group.reason.is_empty()), "every group needs a reason");
    groups.into_values().flat_map(|group| group.checks).collect()
}
