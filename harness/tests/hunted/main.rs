//! The harness as the hunted: every hostile answer of `cases/answers/` is given to a run, which has to end on it with the
//! verdict that the data says, in time, without asking anybody else, and with reports that are safe to read.

mod asked;
mod door;
mod figures;
mod initiated;
#[path = "../support/markdown.rs"]
mod markdown;
mod measured;
#[path = "../support/net.rs"]
mod net;
mod parts;
mod sign;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the tests that only ask the mock use the rest")]
mod support;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use stsproof::answers::{Answer, Form, INIT};
use stsproof::verdict::Verdict;

use support::SUITE;

/// Answers on which a run ends otherwise than the data says it has to. Each is a debt with its reason, and one that is
/// paid must go.
static OPEN: LazyLock<BTreeMap<String, Debt>> =
    LazyLock::new(|| toml::from_str(include_str!("../hunted-open.toml")).expect("it is a table of debts"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Debt {
    ends: Verdict,
    reason: String,
}

/// How a run, or `init`, ended.
struct Ended {
    verdict: Verdict,
    /// What a reader is told.
    said: String,
}

fn main() {
    let arguments = Arguments::from_args();
    let answers = SUITE.answers.answers.iter();
    let trials = answers.flat_map(|answer| answer.forms.iter().map(move |form| trial(answer, form)));
    let all = [
        Trial::test("every debt names an answer", debts_are_known),
        Trial::test("the genuine description is read", initiated::genuine_is_read),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials.chain(genuine()).chain(all).collect());
    if !arguments.list {
        let _ = writeln!(std::io::stdout(), "{}", figures::worst());
    }
    conclusion.exit();
}

/// The genuine answers to all that is asked, but for what the mock does not offer: there a form is the genuine answer.
fn genuine() -> impl Iterator<Item = Trial> {
    let forms = SUITE.answers.answers.iter().flat_map(|answer| &answer.forms);
    let asked: BTreeSet<&str> = forms.filter_map(|form| form.asks.as_deref()).collect();
    let offered = asked.into_iter().filter(|asks| {
        *asks != INIT && !["validate/", "renew/", "cancel/"].iter().any(|offer| asks.starts_with(offer))
    });
    offered.map(|asks| Trial::test(format!("genuine/{asks}"), move || asked::genuine_passes(asks)))
}

fn trial(answer: &'static Answer, form: &'static Form) -> Trial {
    let name = name(answer, form);
    Trial::test(name.clone(), move || ends_as_told(&name, form))
}

fn name(answer: &Answer, form: &Form) -> String {
    let name = format!("{}/{}", answer.layer, answer.id);
    if form.name.is_empty() { name } else { format!("{name}@{}", form.name) }
}

/// Serves the answer, and holds the end against the data.
fn ends_as_told(name: &str, form: &'static Form) -> Result<(), Failed> {
    let asks_init = form.asks.as_deref() == Some(INIT);
    let ended = if asks_init { initiated::end(name, form)? } else { asked::end(name, form)? };
    if form.measured {
        measured::within_bounds(name, form, asks_init)?;
    }
    let missing: Vec<&String> = form.shows.iter().filter(|text| !ended.said.contains(*text)).collect();
    if !missing.is_empty() {
        return Err(format!("the report does not show {missing:?}\n{}", ended.said).into());
    }
    let told = OPEN.get(name).map_or(form.ending(), |debt| debt.ends);
    if ended.verdict == told {
        return Ok(());
    }
    let debt = OPEN.get(name).map_or("", |_| " by hunted-open.toml, which may be paid");
    Err(format!("it ends in `{}`, not in `{}`{debt}\n{}", ended.verdict.word(), told.word(), ended.said).into())
}

fn debts_are_known() -> Result<(), Failed> {
    let known: Vec<String> =
        (SUITE.answers.answers.iter()).flat_map(|answer| answer.forms.iter().map(|form| name(answer, form))).collect();
    let unknown = OPEN.iter().find(|(name, debt)| debt.reason.is_empty() || !known.contains(name));
    unknown.map_or(Ok(()), |(name, _)| Err(format!("`{name}` is no answer, or has no reason").into()))
}
