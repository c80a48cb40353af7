//! Every demand that is tested names a misbehaviour of the mock that its cases and rules must catch, and catching it
//! must not accuse the mock of anything else. What no demand names has to be noticed, too.
//!
//! Which check catches which misbehaviour, the kill matrix, is a reviewed snapshot; `checks` holds every check to it.

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use mock_sts::wrong;
use stsproof::case::hostile::Catches;
use stsproof::case::model::Case;
use stsproof::exchange::drive::{Observe, Observed, Seen};
use stsproof::exchange::transcript::{Exchange, Outcome, Transcript};
use stsproof::observe::Observer;
use stsproof::plan::Planned;
use stsproof::verdict::{Finding, Run, Verdict};

use support::{PLAN, SUITE, ask, judge, mock, target};

/// Misbehaviours that leave nothing in an answer to look at, and so speak against everything.
const USELESS: [&str; 2] = ["soap.dtd", "rstr.hollow-response"];

/// What the right mock answers. Time and randomness stand still, so whatever a wrong one answers in another way is the
/// doing of its misbehaviour, and only that needs to be judged again.
struct Right {
    transcripts: Vec<Option<Transcript>>,
    observed: Answers,
    red: BTreeSet<String>,
    findings: BTreeSet<Spotted>,
}

/// A finding: the case and its step, or the rule; the number of the check, none for the kind of answer; the row.
type Spotted = (String, Option<usize>, String);

/// What was observed of each answer, by case and step.
type Answers = HashMap<(String, usize), (Vec<u8>, Observed)>;

/// Status, headers and body.
type Answer<'t> = (u16, Vec<(&'t str, &'t str)>, &'t [u8]);

static RIGHT: LazyLock<Right> = LazyLock::new(|| {
    let mock = mock("");
    let target = target(&mock);
    let memory = Memory { observer: Observer::new(&SUITE, &target), known: None, seen: Mutex::default() };
    let transcripts = ask(&mock, &ENDS, &memory);
    let run = judge(&ENDS, &transcripts);
    let observed = memory.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    Right { red: red(&run), findings: spotted(&run), transcripts, observed }
});

/// Rows that a misbehaviour is meant for and that do not catch it yet, by misbehaviour. Each is a debt with its reason,
/// and one that is paid must go.
static OPEN: LazyLock<BTreeMap<String, BTreeSet<String>>> = LazyLock::new(|| {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Debt {
        rows: BTreeSet<String>,
        reason: String,
    }
    let debts: BTreeMap<String, Debt> =
        toml::from_str(include_str!("mutants-open.toml")).expect("it is a table of debts");
    assert!(debts.values().all(|debt| !debt.reason.is_empty()), "every debt needs a reason");
    debts.into_iter().map(|(name, debt)| (name, debt.rows)).collect()
});

/// What each misbehaviour is asked: every case in its first and its last variant, which between them have both values
/// of every axis. The variants in between are for the right mock.
static ENDS: LazyLock<Vec<Planned<'static>>> = LazyLock::new(|| {
    let cases = PLAN.chunk_by(|one, next| one.case.id == next.case.id);
    let ends = cases.flat_map(|variants| {
        let mut asked = variants.iter().filter(|planned| planned.inapplicable.is_none());
        asked.next().into_iter().chain(asked.next_back())
    });
    ends.cloned().collect()
});

/// Which findings each misbehaviour brought about.
static MATRIX: Mutex<BTreeMap<String, BTreeSet<Spotted>>> = Mutex::new(BTreeMap::new());

fn main() {
    let arguments = Arguments::from_args();
    let trials = mutants().into_iter().map(|(name, rows)| {
        let title = format!("{name} is caught");
        Trial::test(title, move || is_caught(&name, &rows))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list {
        assert_matrix();
    }
    conclusion.exit();
}

/// The misbehaviours, each with the rows of the register that name it; but for those that only hostile classes name,
/// which `hostile` arms.
fn mutants() -> BTreeMap<String, BTreeSet<String>> {
    let covered = SUITE.covered();
    let of_class = |case: &'static Case| match &case.hostile.as_ref()?.catches {
        Catches::Mutant(names) => Some(names.split(',')),
        Catches::None(_) => None,
    };
    let of_classes: BTreeSet<&str> = SUITE.cases.iter().filter_map(of_class).flatten().collect();
    let names = wrong::catalogue().iter().map(|entry| entry.name).filter(|name| !of_classes.contains(name));
    let mut mutants: BTreeMap<String, BTreeSet<String>> =
        names.map(|name| (name.to_owned(), BTreeSet::new())).collect();
    for row in SUITE.register.rows().iter().filter(|row| covered.contains(&row.id)) {
        if let Some(name) = &row.mutant {
            mutants.entry(name.clone()).or_default().insert(row.id.0.clone());
        }
    }
    mutants
}

/// Whether the rows that name a misbehaviour turn red and none that has nothing to do with it; of one that no row
/// names, whether anything is found.
fn is_caught(name: &str, rows: &BTreeSet<String>) -> Result<(), Failed> {
    let run = run_wrong(name);
    let findings: BTreeSet<Spotted> = spotted(&run).difference(&RIGHT.findings).cloned().collect();
    let noticed = !findings.is_empty();
    MATRIX.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), findings);
    let red: BTreeSet<String> = red(&run).difference(&RIGHT.red).cloned().collect();
    let open: BTreeSet<String> = OPEN.get(name).cloned().unwrap_or_default();
    let survived: Vec<&String> = rows.difference(&red).filter(|row| !open.contains(*row)).collect();
    let caught_by_now: Vec<&String> = open.iter().filter(|row| red.contains(*row)).collect();
    if rows.is_empty() {
        let listed = OPEN.contains_key(name);
        return if noticed == listed { Err(format!("noticed: {noticed}, a debt: {listed}").into()) } else { Ok(()) };
    }
    let declared = wrong::catalogue().iter().find(|entry| entry.name == name).ok_or("the catalogue has lost it")?;
    let unrelated: Vec<String> = red
        .iter()
        .filter(|row| !rows.contains(*row) && !declared.clauses.contains(&row.as_str()) && !USELESS.contains(&name))
        .map(|row| format!("{row}: {}", sources(&run, row)))
        .collect();
    let errors = run.cases.iter().filter(|case| case.verdict == Verdict::Error).map(|case| case.name.as_str());
    let errors: Vec<&str> = errors.collect();
    if survived.is_empty() && caught_by_now.is_empty() && unrelated.is_empty() && errors.is_empty() {
        return Ok(());
    }
    let stale = format!("caught by now, take it out of mutants-open.toml: {caught_by_now:?}");
    Err(format!("survives: {survived:?}\n{stale}\naccused of besides: {unrelated:#?}\nerrors: {errors:?}").into())
}

/// Judges what the mock answers differently when it is wrong.
fn run_wrong(name: &str) -> Run {
    let mock = mock(name);
    let target = target(&mock);
    let observer = Observer::new(&SUITE, &target);
    let memory = Memory { observer, known: Some(&RIGHT.observed), seen: Mutex::default() };
    let transcripts = ask(&mock, &ENDS, &memory);
    let (mut planned, mut changed) = (Vec::new(), Vec::new());
    for ((plan, wrong), right) in ENDS.iter().zip(transcripts).zip(&RIGHT.transcripts) {
        if wrong.as_ref().map(answers) != right.as_ref().map(answers) {
            planned.push(plan.clone());
            changed.push(wrong);
        }
    }
    judge(&planned, &changed)
}

/// What was answered, without what differs between any two servers: ports, times and the Date header.
fn answers(transcript: &Transcript) -> Vec<Option<Answer<'_>>> {
    transcript.exchanges.iter().map(answer).collect()
}

fn answer(exchange: &Exchange) -> Option<Answer<'_>> {
    let Outcome::Answered(http) = &exchange.outcome else { return None };
    let headers = http.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Some((http.status, headers, &http.body))
}

/// Observes what was not observed before.
struct Memory<'a> {
    observer: Observer<'a>,
    known: Option<&'a Answers>,
    seen: Mutex<Answers>,
}

impl Observe for Memory<'_> {
    fn observe(&self, seen: &Seen<'_>) -> Observed {
        let key = (seen.planned.id(), seen.step);
        let body = match &seen.exchange.outcome {
            Outcome::Answered(http) => http.body.clone(),
            Outcome::Broken { .. } => Vec::new(),
        };
        if let Some((_, observed)) = self.known.and_then(|known| known.get(&key)).filter(|(known, _)| *known == body) {
            return observed.clone();
        }
        let observed = self.observer.observe(seen);
        if self.known.is_none() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (body, observed.clone()));
        }
        observed
    }
}

/// The requirements that a run speaks against.
fn red(run: &Run) -> BTreeSet<String> {
    run.requirements.iter().filter(|row| row.verdict.is_against()).map(|row| row.id.clone()).collect()
}

/// Who says so.
fn sources(run: &Run, row: &str) -> String {
    let sources = run.requirements.iter().filter(|requirement| requirement.id == row).flat_map(|row| &row.sources);
    let against: Vec<&str> =
        sources.filter(|source| source.verdict.is_against()).map(|source| source.name.as_str()).take(3).collect();
    against.join(", ")
}

/// What a run found, but for what it could not look at.
fn spotted(run: &Run) -> BTreeSet<Spotted> {
    let cases = run.cases.iter().flat_map(|case| case.findings.iter().map(move |finding| (case.case.clone(), finding)));
    let rules = run.rules.iter();
    let rules =
        rules.flat_map(|rule| rule.occurrences.iter().map(move |seen| (format!("rule {}", rule.rule), &seen.finding)));
    let says = |finding: &Finding| matches!(finding.verdict, Verdict::Note | Verdict::Warn | Verdict::Fail);
    let named = cases.chain(rules).filter(|(_, finding)| says(finding)).map(|(source, finding)| {
        let source = if source.starts_with("rule ") { source } else { source_of(&source, &finding.step) };
        (source, finding.check, finding.requirement.clone().unwrap_or_default())
    });
    named.collect()
}

/// A case, and its step where it has several.
fn source_of(case: &str, step: &str) -> String {
    let known = SUITE.cases.iter().find(|known| known.id.0 == case).expect("the run is of this suite");
    if known.steps.len() > 1 { format!("{case} {step}") } else { case.to_owned() }
}

fn assert_matrix() {
    let matrix = MATRIX.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for (name, killers) in matrix.iter() {
        text.push_str(name);
        text.push('\n');
        for (source, check, row) in killers {
            let check = check.map_or_else(|| "the kind of answer".to_owned(), |check| format!("check {check}"));
            let row = if row.is_empty() { "-" } else { row };
            let _ = writeln!(text, "    {source}, {check} ({row})");
        }
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("kill-matrix", text));
}
