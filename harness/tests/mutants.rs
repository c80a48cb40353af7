//! Every demand that is tested names a misbehaviour of the mock that its cases and rules must catch, and catching it
//! must not accuse the mock of anything else.
//!
//! The kill matrix (which check catches which misbehaviour) is a reviewed snapshot: whoever takes a check away changes it.

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use mock_sts::wrong;
use stsproof::exchange::drive::{Observe, Observed, Seen};
use stsproof::exchange::transcript::{Exchange, Outcome, Transcript};
use stsproof::observe::Observer;
use stsproof::verdict::{Run, Verdict};

use support::{PLAN, SUITE, ask, judge, mock, target};

/// Misbehaviours that leave nothing in an answer to look at, and so speak against everything.
const USELESS: [&str; 2] = ["soap.dtd", "rstr.hollow-response"];

/// What the right mock answers. Time and randomness stand still, so whatever a wrong one answers in another way is the
/// doing of its misbehaviour, and only that needs to be judged again.
struct Right {
    transcripts: Vec<Option<Transcript>>,
    observed: Answers,
    red: BTreeSet<String>,
}

/// What was observed of each answer, by case and step.
type Answers = HashMap<(String, usize), (Vec<u8>, Observed)>;

/// Status, headers and body.
type Answer<'t> = (u16, Vec<(&'t str, &'t str)>, &'t [u8]);

static RIGHT: LazyLock<Right> = LazyLock::new(|| {
    let mock = mock("");
    let target = target(&mock);
    let memory = Memory { observer: Observer::new(&SUITE, &target), known: None, seen: Mutex::default() };
    let transcripts = ask(&mock, &PLAN, &memory);
    let run = judge(&PLAN, &transcripts);
    let observed = memory.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    Right { red: red(&run), transcripts, observed }
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
    let run = run_wrong(name);
    remember(name, &run);
    let red: BTreeSet<String> = red(&run).difference(&RIGHT.red).cloned().collect();
    let open: BTreeSet<String> = OPEN.get(name).cloned().unwrap_or_default();
    let survived: Vec<&String> = rows.difference(&red).filter(|row| !open.contains(*row)).collect();
    let caught_by_now: Vec<&String> = open.iter().filter(|row| red.contains(*row)).collect();
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
    let transcripts = ask(&mock, &PLAN, &memory);
    let (mut planned, mut changed) = (Vec::new(), Vec::new());
    for ((plan, wrong), right) in PLAN.iter().zip(transcripts).zip(&RIGHT.transcripts) {
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

fn remember(name: &str, run: &Run) {
    let cases = run.cases.iter().flat_map(|case| case.findings.iter().map(move |finding| (case.case.clone(), finding)));
    let rules = run
        .rules
        .iter()
        .flat_map(|rule| rule.occurrences.iter().map(move |seen| (format!("rule {}", rule.rule), &seen.finding)));
    let against = cases.chain(rules).filter(|(_, finding)| finding.verdict.is_against());
    let killers = against.map(|(source, finding)| {
        let check = finding.check.map_or_else(|| "the kind of answer".to_owned(), |check| format!("check {check}"));
        format!("{source}, {check} ({})", finding.requirement.as_deref().unwrap_or("-"))
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
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("kill-matrix", text));
}
