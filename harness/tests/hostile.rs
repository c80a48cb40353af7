//! Every hostile class is two tests: the bundled mock is sound in all its forms, and the class catches the misbehaviour
//! that it names.

#[path = "support/guesses.rs"]
mod guesses;
mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use mock_sts::MockSts;
use stsproof::case::hostile::{Catches, Hazard};
use stsproof::observe::Observer;
use stsproof::plan::{Planned, hostile};
use stsproof::report::{self, Style};
use stsproof::verdict::{Finding, Run, Verdict};
use stsproof_judge::tree::Tree;

use guesses::guesses_in;
use support::{PLAN, PROFILE, SUITE, ask, judge, mock, target};

/// The step of what is found in the plainest request behind a hostile one.
const CANARY: &str = "canary";

/// Every class in every form, whatever it may do to the mock.
static HOSTILE: LazyLock<Vec<Planned<'static>>> =
    LazyLock::new(|| hostile(&SUITE, &PROFILE, &[Hazard::Lockout, Hazard::Load, Hazard::Crash]));

fn main() {
    let mut classes: BTreeMap<&str, Vec<Planned<'static>>> = BTreeMap::new();
    for planned in HOSTILE.iter() {
        classes.entry(&planned.case.id.0).or_default().push(planned.clone());
    }
    let trials = classes.into_iter().flat_map(|(id, planned)| {
        let inapplicable = planned.iter().all(|one| one.inapplicable.is_some());
        let mutant = planned.iter().find_map(|one| match &one.case.hostile.as_ref()?.catches {
            Catches::Mutant(name) => Some(name.clone()),
            Catches::None(_) => None,
        });
        let caught = mutant.map(|name| {
            let planned = planned.clone();
            Trial::test(format!("{id} catches {name}"), move || catches(&planned, &name))
                .with_ignored_flag(inapplicable)
        });
        let sound = Trial::test(id, move || is_sound(&planned)).with_ignored_flag(inapplicable);
        [Some(sound), caught].into_iter().flatten()
    });
    let unasked = Trial::test("nothing hostile is sent unless it is asked for", || {
        let hostile = PLAN.iter().find(|planned| planned.case.hostile.is_some());
        hostile.map_or(Ok(()), |planned| Err(planned.id().into()))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.chain([unasked]).collect()).exit();
}

/// No form may say anything against the mock, and the request without a defect must be accepted: a class that is void
/// tests nothing. A remark on a fault code is no complaint.
fn is_sound(planned: &[Planned<'static>]) -> Result<(), Failed> {
    let mock = mock("");
    let run = run(&mock, planned);
    let guesses = guesses(&mock);
    if !guesses.is_empty() {
        return Err(format!("an account that is no bait is guessed at: {guesses:#?}").into());
    }
    if run.cases.iter().all(|case| case.verdict <= Verdict::Note) { Ok(()) } else { Err(shown(&run)) }
}

/// The answer to at least one defect speaks against the mock that is wrong: a canary, or the request without a defect,
/// would tell that the mock is wrong, not that the class sees why.
fn catches(planned: &[Planned<'static>], mutant: &str) -> Result<(), Failed> {
    let run = run(&mock(mutant), planned);
    let by_defect = |finding: &Finding| finding.verdict.is_against() && finding.step != CANARY;
    let caught = planned
        .iter()
        .zip(&run.cases)
        .any(|(one, case)| !one.is_repaired() && case.verdict.is_against() && case.findings.iter().any(by_defect));
    if caught { Ok(()) } else { Err(format!("`{mutant}` survives").into()) }
}

fn run(mock: &MockSts, planned: &[Planned<'static>]) -> Run {
    let target = target(mock);
    let transcripts = ask(mock, planned, &Observer::new(&SUITE, &target));
    judge(planned, &transcripts)
}

/// The messages that name an account of the profile with what is not its password. A service that counts failures would
/// lock it, so that only the bait may be named so.
fn guesses(mock: &MockSts) -> Vec<String> {
    let came = mock.journal().entries();
    let messages = came.iter().filter_map(|entry| Tree::from_text(std::str::from_utf8(entry.request()).ok()?).ok());
    messages.flat_map(|tree| guesses_in(&tree)).collect()
}

fn shown(run: &Run) -> Failed {
    let mut text = Vec::new();
    let written = report::write_terminal(run, Style { colour: false, verbose: true }, &mut text);
    written.map_or_else(|error| error.to_string().into(), |()| String::from_utf8_lossy(&text).into_owned().into())
}
