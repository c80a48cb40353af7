//! The answer to a hostile request: refused, and how well; or accepted, and whether what was given is right.

use std::sync::LazyLock;

use regex_lite::Regex;
use stsproof_judge::check::{Outcome, Scene};
use stsproof_judge::path::Namespaces;
use stsproof_judge::rule::Rule;
use stsproof_judge::tree::Tree;

use super::answer::{Came, Fit, Read, fault_words, has_code, is_html, kind_fits};
use super::case::Context;
use super::leak::leaks;
use super::tally::Tally;
use super::wording::{collapsed, templated};
use super::{CaseVerdict, Finding, Verdict};
use crate::case::hostile::{Hostile, Label, REPAIRED};
use crate::case::model::{AnswerKind, Step, Variant};
use crate::catalogue::SAME_ANSWER;
use crate::exchange::fill::recorded;
use crate::exchange::transcript::{Break, Exchange, HttpResponse, Outcome as Sent, Transcript};
use crate::plan::Planned;
use crate::stage::{Documents, Facts};

/// What stands in an answer that gives something away: elements that hold a token or a secret.
static GIVEN_AWAY: LazyLock<Regex> = LazyLock::new(|| {
    let elements =
        "Assertion|EncryptedAssertion|BinarySecret|SecurityContextToken|RequestedSecurityToken|RequestedProofToken";
    Regex::new(&format!(r"<([\w.-]+:)?({elements})[\s/>]")).expect("a regular expression of ours")
});

/// The oracle of what comes back as it was sent.
const ECHO: &str = "echo-exact";

/// So many times as long as the plainest request a hostile one may take at least.
const SLOWER: u64 = 20;

/// Judges the answer to the last step of a class in one form.
pub(super) fn answer(
    context: &Context<'_>,
    planned: &Planned<'_>,
    hostile: &Hostile,
    step: &Step,
    exchange: &Exchange,
    usual: Option<&Exchange>,
    tally: &mut Tally<'_>,
) {
    let paths = context.paths.of(&planned.variant);
    let documents = Documents::of(exchange, exchange.opened.as_deref());
    let read = Read::in_documents(exchange, &documents);
    let rows: Vec<&str> = planned.case.covers.iter().map(|row| row.0.as_str()).collect();
    let label = planned.case.label(&planned.variant).unwrap_or(hostile.label);
    let accepted = matches!(read.came, Came::Issued | Came::Status);
    let refused = matches!(read.came, Came::Fault | Came::Refused);
    if planned.is_repaired() && refused && is_bait(hostile) {
        let because = "the account with `bait = true` is not let in: it may be locked by now";
        return tally.blocked(&step.name, &rows, format!("{because}; got {}", read.words()));
    }
    match grade(&read, label, step, hostile, paths.namespaces()) {
        Grade::Right => tally.holds(&rows),
        Grade::Remark(message) => tally.remark(&step.name, &rows, message, read.spot()),
        Grade::Unclean(message) => tally.say_of_us(Verdict::Warn, &step.name, message),
        Grade::Wrong(Verdict::Fail, message) => tally.missed(&step.name, &rows, Verdict::Fail, message, read.spot()),
        Grade::Wrong(verdict, message) => tally.say_of_us(verdict, &step.name, message),
    }
    let facts = Facts(&exchange.facts);
    let subject = context.golden.subject(planned, hostile, step, exchange, &documents);
    let own = subject.map(|subject| whose(exchange, subject));
    let scene = documents.scene(own.as_ref().unwrap_or(exchange), &paths, &facts);
    let catalogue = &context.setting.suite.catalogue;
    let value = |axis: &str| planned.variant.value(axis);
    let kind = read.answer.as_ref().map(|answer| answer.kind);
    let named = hostile.oracles.iter().filter_map(|name| catalogue.oracle(name));
    for oracle in catalogue.core.iter().chain(named).filter(|oracle| oracle.applies(kind, value)) {
        holds(oracle, step, &scene, tally);
    }
    if accepted || label == Label::MustAccept {
        tally.checks(&step.name, || rows.clone(), step.expect.checks.iter().map(|check| check.evaluate(&scene)));
    }
    body(context, hostile, step, exchange, accepted, patience(hostile, usual), tally);
}

/// Whether the account that may be locked asks.
fn is_bait(hostile: &Hostile) -> bool {
    hostile.subject.as_deref() == Some("{{bait.user}}")
}

/// How many milliseconds an answer may take. Where the plainest request takes long, too, the machine is busy, or the way is
/// long: that is not the message's doing.
fn patience(hostile: &Hostile, usual: Option<&Exchange>) -> u64 {
    let bound = u64::try_from(hostile.bound.as_millis()).unwrap_or(u64::MAX);
    bound.max(usual.map_or(0, |exchange| exchange.millis.saturating_mul(SLOWER)))
}

/// The exchange with another subject among its values.
fn whose(exchange: &Exchange, subject: String) -> Exchange {
    let mut own = exchange.clone();
    own.values.insert("subject".to_owned(), subject);
    own
}

/// What the transcript says besides the answer: who was called, and whether the target is still well.
pub(super) fn aftermath(context: &Context<'_>, planned: &Planned<'_>, transcript: &Transcript, tally: &mut Tally<'_>) {
    let step = planned.case.steps(&planned.variant).last().map_or("", |step| step.name.as_str());
    for call in &transcript.callbacks {
        tally.say_of_us(Verdict::Fail, step, format!("the target came to an address that the request named: {call}"));
    }
    let Some(canary) = &transcript.canary else { return };
    let read = Read::of(canary);
    let paths = context.paths.of(&planned.variant);
    let sound = super::CANARY;
    match kind_fits(&read, AnswerKind::Issued, &[], paths.namespaces()) {
        Fit::Met | Fit::SecondBest(_) => {
            let asked = canary.values.get("context");
            let echoed = read.tree.as_ref().is_some_and(|tree| {
                let found = paths.select(tree, "//wst:RequestSecurityTokenResponse/@Context").unwrap_or_default();
                found.is_empty() || found.iter().any(|&node| Some(&*tree.text_of(node)) == asked.map(String::as_str))
            });
            if !echoed {
                let message = format!("after it, `{sound}` on the same connection got the answer to another request");
                tally.say_of_us(Verdict::Fail, "canary", message);
            }
        }
        Fit::Missed(message) => {
            let message = format!("after it the target is not well: `{sound}`: {message}");
            tally.say_of_us(Verdict::Fail, "canary", message);
        }
        // Whoever did not let it through has not asked the target.
        Fit::Unknown(message) => tally.error("canary", format!("after it `{sound}` was not answered: {message}")),
    }
}

/// What only the answers of a whole class can tell: whether its defects were what was refused, and whether all answers
/// are alike where they must be.
pub(super) fn classes(planned: &[Planned<'_>], cases: &mut [CaseVerdict]) {
    let mut start = 0;
    while start < planned.len() {
        let case = planned[start].case;
        let end = start + planned[start..].iter().take_while(|one| std::ptr::eq(one.case, case)).count();
        if let Some(hostile) = &case.hostile {
            void(&planned[start..end], &mut cases[start..end]);
            if hostile.oracles.iter().any(|name| name == SAME_ANSWER) {
                alike(&planned[start..end], &mut cases[start..end]);
            }
        }
        start = end;
    }
}

/// A class whose request is refused without its defect, too, has tested something else.
fn void(planned: &[Planned<'_>], cases: &mut [CaseVerdict]) {
    let speech = |variant: &Variant| variant.spoken();
    let repaired: Vec<(Variant, Option<String>)> = planned
        .iter()
        .zip(&*cases)
        .filter(|(one, _)| one.is_repaired())
        .map(|(one, case)| {
            let trouble = case.findings.first().map(|finding| finding.message.clone());
            (speech(&one.variant), trouble.filter(|_| case.verdict > Verdict::Note))
        })
        .collect();
    for (one, case) in planned.iter().zip(cases) {
        let because = repaired.iter().find(|(variant, _)| *variant == speech(&one.variant));
        let Some((_, Some(because))) = because else { continue };
        if one.is_repaired() || !matches!(case.verdict, Verdict::Pass | Verdict::Note) {
            continue;
        }
        if !one.case.label(&one.variant).is_some_and(Label::rejects) {
            continue;
        }
        case.verdict = Verdict::Blocked;
        case.requirements.values_mut().for_each(|verdict| *verdict = Verdict::Blocked);
        let message = format!("void: without its defect (form `{REPAIRED}`) it is refused, too: {because}");
        case.findings.insert(0, finding(Verdict::Blocked, message));
    }
}

/// Whether all forms of a class were answered alike, but for what differs between any two answers.
fn alike(planned: &[Planned<'_>], cases: &mut [CaseVerdict]) {
    let mut first: Option<(String, Face)> = None;
    for (one, case) in planned.iter().zip(cases) {
        // What nobody answered, or was not asked as it should be, is like nothing.
        if one.is_repaired() || case.verdict.is_open() {
            continue;
        }
        let Some(exchange) = case.evidence.exchanges.last() else { continue };
        let face = Face::of(exchange);
        match &first {
            None => first = Some((case.name.clone(), face)),
            Some((name, expected)) if !face.is_like(expected) => {
                let message = format!(
                    "answered otherwise than `{name}`, which tells an attacker apart what is wrong: {} instead of {}",
                    face.words(),
                    expected.words()
                );
                case.verdict = case.verdict.max(Verdict::Fail);
                case.findings.insert(0, finding(Verdict::Fail, message));
            }
            Some(_) => {}
        }
    }
}

/// What an attacker sees of an answer, and what the request said itself.
struct Face {
    status: String,
    codes: Vec<String>,
    reason: String,
    said: Vec<String>,
}

impl Face {
    fn of(exchange: &Exchange) -> Self {
        let read = Read::of(exchange);
        let fault = read.fault();
        Self {
            status: read.http.map_or("no answer".to_owned(), |http| format!("HTTP {}", http.status)),
            codes: fault.map(|fault| fault.codes().map(|code| code.written.clone()).collect()).unwrap_or_default(),
            reason: fault.and_then(|fault| fault.reasons.first()).map(|reason| reason.text.clone()).unwrap_or_default(),
            said: said(&exchange.request.body),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let said = || self.said.iter().chain(&other.said).map(String::as_str);
        let is_said_alike = templated(&self.reason, said()) == templated(&other.reason, said());
        self.status == other.status && self.codes == other.codes && is_said_alike
    }

    fn words(&self) -> String {
        format!("{}, {} \"{}\"", self.status, self.codes.join(" / "), self.reason)
    }
}

/// Every text of a request, as a reader of it has it.
fn said(body: &[u8]) -> Vec<String> {
    let Ok(tree) = Tree::from_text(&String::from_utf8_lossy(body)) else { return Vec::new() };
    let elements = tree.descendants(tree.root()).filter(|node| tree.is_element(*node));
    let leaves = elements.filter(|node| tree.elements(*node).next().is_none()).map(|node| tree.text_of(node));
    leaves.collect()
}

fn finding(verdict: Verdict, message: String) -> Finding {
    let (requirement, step, check, expected, found, place) = (None, String::new(), None, None, None, None);
    Finding { verdict, requirement, step, check, message, expected, found, place, spot: None }
}

/// How well an answer fits what a sound service does.
enum Grade {
    Right,
    Remark(String),
    Unclean(String),
    Wrong(Verdict, String),
}

fn grade(read: &Read<'_>, label: Label, step: &Step, hostile: &Hostile, namespaces: &Namespaces) -> Grade {
    let got = || read.words();
    match (label, &read.came) {
        (_, Came::Nothing) => Grade::Wrong(Verdict::Error, got()),
        (Label::MustReject | Label::StatusInvalid, Came::Issued | Came::Status) => {
            let severity = hostile.severity.word();
            Grade::Wrong(Verdict::Fail, format!("accepted ({severity}): a sound service refuses it; got {}", got()))
        }
        (Label::ShouldReject, Came::Issued | Came::Status) => {
            Grade::Wrong(Verdict::Warn, format!("accepted, where a strict service refuses; got {}", got()))
        }
        (Label::MustAccept, _) => match kind_fits(read, AnswerKind::Issued, &[], namespaces) {
            Fit::Met => Grade::Right,
            Fit::SecondBest(message) => Grade::Remark(message),
            Fit::Missed(message) | Fit::Unknown(message) => Grade::Wrong(Verdict::Fail, message),
        },
        (_, Came::Fault) => refused(read, step, namespaces),
        (_, Came::Refused | Came::Empty) if read.http.is_some_and(|http| http.status >= 300) => Grade::Right,
        (_, Came::Unclean) if read.http.is_some_and(turns_away) => Grade::Right,
        (Label::MayAccept, Came::Issued | Came::Status) => Grade::Right,
        (_, Came::Unclean) if hostile.close && is_closed(&read.exchange.outcome) => Grade::Right,
        (_, Came::Unclean) if hostile.close && read.http.is_some_and(|http| http.status == 501) => Grade::Right,
        _ => Grade::Unclean(format!("not accepted, but no clean refusal either: got {}", got())),
    }
}

/// Whether an HTTP front says whose mistake it was, in words for a person but in no page of the Web.
fn turns_away(http: &HttpResponse) -> bool {
    (400..500).contains(&http.status) && !is_html(http)
}

fn refused(read: &Read<'_>, step: &Step, namespaces: &Namespaces) -> Grade {
    let Some(fault) = read.fault() else { return Grade::Unclean("the fault cannot be read".to_owned()) };
    let codes = &step.expect.code;
    if codes.is_empty() || codes.iter().any(|code| has_code(fault, code, namespaces)) {
        return Grade::Right;
    }
    Grade::Remark(format!("refused, but badly said: got {} where {} was due", fault_words(fault), codes.join(" or ")))
}

fn is_closed(outcome: &Sent) -> bool {
    matches!(outcome, Sent::Broken { how: Break::Dropped, .. })
}

fn holds(oracle: &Rule, step: &Step, scene: &Scene<'_>, tally: &mut Tally<'_>) {
    for found in oracle.evaluate(scene).into_iter().flatten() {
        match found.outcome {
            // An xs:anyURI with other white space is the same one.
            Outcome::Broken if found.expected.as_deref().map(collapsed) == found.found && oracle.id == ECHO => {}
            Outcome::Broken => {
                let detail = found.found.as_deref().map(|found| format!(": found `{found}`")).unwrap_or_default();
                tally.say_of_us(Verdict::Fail, &step.name, format!("{} ({}){detail}", oracle.title, found.message));
            }
            // Nobody knows, for instance, whom a certificate stands for where the profile does not say.
            Outcome::Holds | Outcome::Open | Outcome::NotApplicable | Outcome::Unusable => {}
        }
    }
}

/// What the octets of an answer say, whatever they are.
fn body(
    context: &Context<'_>,
    hostile: &Hostile,
    step: &Step,
    exchange: &Exchange,
    accepted: bool,
    bound: u64,
    tally: &mut Tally<'_>,
) {
    let mut fail = |message: String| tally.say_of_us(Verdict::Fail, &step.name, message);
    if exchange.millis > bound {
        fail(format!("it took {} ms, where {bound} ms are enough to refuse it", exchange.millis));
    }
    let Sent::Answered(http) = &exchange.outcome else { return };
    let headers = http.headers.iter().fold(String::new(), |text, (name, value)| text + name + ": " + value + "\n");
    let text = headers + &String::from_utf8_lossy(&http.body);
    if let Some(given) = GIVEN_AWAY.find(&text).filter(|_| !accepted) {
        fail(format!("something was given away with the refusal: `{}`", given.as_str().trim()));
    }
    let sent = String::from_utf8_lossy(&exchange.request.body);
    for (found, what) in leaks(&text, |sign| sent.contains(sign) || context.golden.shows(sign)) {
        fail(format!("the answer shows {what}: `{found}`"));
    }
    let planted =
        |name: &str| exchange.values.get(name).filter(|value| value.len() > 5 && text.contains(value.as_str()));
    if planted("canary.text").is_some() {
        fail("the answer holds the content of a file of the target's machine".to_owned());
    }
    if planted("password").is_some() {
        fail("the answer holds the password".to_owned());
    }
    for forbidden in &hostile.forbid {
        let value = recorded(forbidden, &exchange.values).unwrap_or_else(|_| forbidden.clone());
        if text.contains(&value) {
            fail(format!("the answer holds `{value}`, which it should not have read"));
        }
    }
}
