//! Every demand that is tested names a misbehaviour of the mock that its cases and rules must catch, and catching it
//! must not accuse it of anything else.
//!
//! The kill matrix (which check catches which misbehaviour) is a reviewed snapshot: whoever takes a check away changes it.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use mock_sts::wrong;
use stsproof::verdict::{Run, Verdict};

use support::{PLAN, SUITE, mock, run};

/// What the right mock is told: whatever a misbehaviour adds to it is its doing.
static RIGHT: LazyLock<BTreeSet<String>> = LazyLock::new(|| red(&run(&mock(""), &PLAN).1));

/// Which findings each misbehaviour brought about.
static MATRIX: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

fn main() {
    let arguments = Arguments::from_args();
    let trials = mutants().into_iter().map(|(name, rows)| {
        let title = format!("{name} is caught");
        Trial::test(title, move || is_caught(&name, &rows))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    if whole && !conclusion.has_failed() {
        assert_matrix();
    }
    conclusion.exit();
}

/// The misbehaviours that rows of the register name, each with those rows.
fn mutants() -> BTreeMap<String, BTreeSet<String>> {
    let covered = SUITE.covered();
    let mut mutants: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in SUITE.register.rows().iter().filter(|row| covered.contains(&row.id)) {
        if let Some(name) = &row.mutant {
            mutants.entry(name.clone()).or_default().insert(row.id.0.clone());
        }
    }
    mutants
}

fn is_caught(name: &str, rows: &BTreeSet<String>) -> Result<(), Failed> {
    let (_, run) = run(&mock(name), &PLAN);
    remember(name, &run);
    let red: BTreeSet<String> = red(&run).difference(&RIGHT).cloned().collect();
    let survived: Vec<&String> = rows.difference(&red).collect();
    let declared = wrong::catalogue().iter().find(|entry| entry.name == name).ok_or("the catalogue has lost it")?;
    let unrelated: Vec<&String> =
        red.iter().filter(|row| !rows.contains(*row) && !declared.clauses.contains(&row.as_str())).collect();
    let open = run.cases.iter().filter(|case| case.verdict == Verdict::Error).map(|case| case.name.as_str());
    let open: Vec<&str> = open.collect();
    match (survived.as_slice(), unrelated.as_slice(), open.as_slice()) {
        ([], [], []) => Ok(()),
        _ => Err(format!("survives: {survived:?}\naccused of besides: {unrelated:?}\nerrors: {open:?}").into()),
    }
}

/// The requirements that a run speaks against.
fn red(run: &Run) -> BTreeSet<String> {
    run.requirements.iter().filter(|row| row.verdict.is_against()).map(|row| row.id.clone()).collect()
}

fn remember(name: &str, run: &Run) {
    let cases = run.cases.iter().flat_map(|case| case.findings.iter().map(move |finding| (case.case.clone(), finding)));
    let rules = run
        .rules
        .iter()
        .flat_map(|rule| rule.occurrences.iter().map(move |seen| (format!("rule {}", rule.rule), &seen.finding)));
    let against = cases.chain(rules).filter(|(_, finding)| finding.verdict.is_against());
    let killers = against.map(|(source, finding)| {
        let row = finding.requirement.as_deref().unwrap_or("-");
        format!("{source} ({row})")
    });
    let killers = killers.collect();
    MATRIX.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), killers);
}

fn assert_matrix() {
    let matrix = MATRIX.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for (name, killers) in matrix.iter() {
        text.push_str(name);
        text.push('\n');
        for killer in killers {
            text.push_str("    ");
            text.push_str(killer);
            text.push('\n');
        }
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../golden"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("kill-matrix", text));
}
