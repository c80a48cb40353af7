//! One case in one variant: what was expected of each answer, held against what came.

use stsproof_judge::check;

use super::answer::{Came, Fit, Read, fit};
use super::hostile;
use super::proven::Golden;
use super::rule::Rules;
use super::tally::Tally;
use super::{CaseVerdict, Evidence, Setting, Verdict};
use crate::case::model::{Case, RequirementId, Step};
use crate::exchange::transcript::{Exchange, StopReason, Transcript};
use crate::paths::VariantPaths;
use crate::plan::Planned;
use crate::requirement::SpeaksOf;
use crate::stage::{Documents, Facts};

/// What all cases of a run have in common.
pub(super) struct Context<'a> {
    /// Paths and documents.
    pub(super) paths: &'a VariantPaths<'a>,
    /// What the run is judged by.
    pub(super) setting: &'a Setting<'a>,
    /// What the requests without a defect brought.
    pub(super) golden: &'a Golden,
    /// Why nothing can be asked in this variant, if nothing can.
    pub(super) blocked: Option<&'a str>,
}

/// Judges one case, and holds its answers against the rules.
pub(super) fn judge(
    context: &Context<'_>,
    planned: &Planned<'_>,
    transcript: Option<&Transcript>,
    rules: &mut Rules<'_>,
) -> CaseVerdict {
    let case = planned.case;
    let mut tally = Tally::new(context.setting, &planned.variant);
    let rows: Vec<&str> = case.covers.iter().map(|row| row.0.as_str()).collect();
    let verdict = match (&planned.inapplicable, context.blocked, transcript) {
        (Some(reason), ..) => {
            tally.silent("", reason.clone());
            Verdict::Inapplicable
        }
        (None, Some(because), _) => {
            tally.blocked("", &rows, because.to_owned());
            Verdict::Blocked
        }
        (None, None, None) => {
            let because = context.setting.halted.as_deref().unwrap_or("the run ended before it was sent");
            tally.blocked("", &rows, because.to_owned());
            Verdict::Blocked
        }
        (None, None, Some(transcript)) => {
            steps(context, planned, transcript, &mut tally, rules);
            if tally.verdict() == Verdict::Inapplicable && tally.findings.is_empty() {
                tally.silent("", "nothing that the case covers speaks of this version".to_owned());
            }
            tally.verdict()
        }
    };
    let (findings, requirements) = tally.into_parts();
    CaseVerdict {
        name: planned.id(),
        case: case.id.to_string(),
        variant: planned.varied().to_string(),
        axes: planned.variant.0.iter().map(|(axis, value)| (axis.key().to_owned(), value.clone())).collect(),
        title: case.title.clone(),
        why: case.why.clone(),
        verdict,
        expectation: None,
        findings,
        requirements,
        evidence: Evidence { exchanges: transcript.map(|seen| seen.exchanges.clone()).unwrap_or_default() },
        again: None,
    }
}

fn steps(
    context: &Context<'_>,
    planned: &Planned<'_>,
    transcript: &Transcript,
    tally: &mut Tally<'_>,
    rules: &mut Rules<'_>,
) {
    let case = planned.case;
    let rows: Vec<&str> = case.covers.iter().map(|row| row.0.as_str()).collect();
    let planned_steps = case.steps(&planned.variant);
    let last = planned_steps.len().saturating_sub(1);
    for (index, (step, exchange)) in planned_steps.iter().zip(&transcript.exchanges).enumerate() {
        if let Some(hostile) = case.hostile.as_ref().filter(|_| index == last) {
            hostile::answer(context, planned, hostile, step, exchange, transcript.canary.as_deref(), tally);
            break;
        }
        let met = one_step(context, planned, step, exchange, index == last, tally, rules);
        if !met && index < last {
            return;
        }
    }
    if let Some(stop) = &transcript.stopped {
        match stop.reason {
            // What a later step is made of came from the target: then it is not the case that is wrong.
            StopReason::Case if transcript.exchanges.is_empty() && transcript.prerequisites.is_empty() => {
                tally.error("", stop.because.clone());
            }
            _ => {
                tally.blocked("", &rows, stop.because.clone());
            }
        }
    } else if transcript.exchanges.len() < planned_steps.len() {
        tally.blocked("", &rows, "not every step was recorded".to_owned());
    }
    if case.hostile.is_some() {
        hostile::aftermath(context, planned, transcript, tally);
    }
}

/// Judges one answer; says whether it is the kind that was expected.
fn one_step(
    context: &Context<'_>,
    planned: &Planned<'_>,
    step: &Step,
    exchange: &Exchange,
    last: bool,
    tally: &mut Tally<'_>,
    rules: &mut Rules<'_>,
) -> bool {
    let case = planned.case;
    let rows: Vec<&str> = case.covers.iter().map(|row| row.0.as_str()).collect();
    let paths = context.paths.of(&planned.variant);
    let documents = Documents::of(exchange, exchange.opened.as_deref());
    let read = Read::in_documents(exchange, &documents);
    let facts = Facts(&exchange.facts);
    let scene = documents.scene(exchange, &paths, &facts);
    // The rules are about answers to SOAP messages, and no other method carries one.
    if case.hostile.is_none() && step.http.method.as_deref().is_none_or(|method| method == "POST") {
        rules.hold(planned, &read, step, &scene);
    }

    let fitted = fit(&read, &step.expect, paths.namespaces());
    let met = fitted.is_met();
    let findings: Vec<_> = step.expect.checks.iter().filter(|_| met).map(|check| check.evaluate(&scene)).collect();
    let said = said_by_the_answer(context, case, step, &read);
    match fitted {
        // A token alone does not show what the checks ask of it: where they cannot tell, nothing is told.
        Fit::Met if last && is_silent(&findings) && matches!(read.came, Came::Issued | Came::Status) => {
            let why = findings.first().and_then(|of_check| of_check.first());
            tally.silent(&step.name, why.map_or_else(String::new, |finding| finding.message.clone()));
        }
        Fit::Met if last && said.is_empty() && findings.is_empty() => {
            tally.silent(&step.name, format!("got {}, of which nothing that is covered speaks", read.words()));
        }
        Fit::Met if last => tally.holds(&said),
        Fit::Met => {}
        Fit::SecondBest(remark) => tally.remark(&step.name, &said, remark, read.spot()),
        Fit::Missed(message) if last => {
            // Where nothing that is covered speaks of such an answer, nothing that binds the target is broken.
            tally.missed(&step.name, &of_its_kind(context, &rows, &read), Verdict::Warn, message, read.spot());
        }
        Fit::Missed(message) => tally.blocked(&step.name, &rows, format!("step `{}`: {message}", step.name)),
        Fit::Unknown(message) => tally.error(&step.name, message),
    }
    tally.checks(&step.name, || rows.clone(), findings);
    met
}

/// Whether there are checks, and none of them could say anything.
fn is_silent(findings: &[Vec<check::Finding>]) -> bool {
    let mut all = findings.iter().flatten();
    !findings.is_empty() && all.all(|finding| finding.outcome == check::Outcome::NotApplicable)
}

/// The requirements that the kind of the answer says something about: those that no check claims for itself.
fn said_by_the_answer<'c>(context: &Context<'_>, case: &'c Case, step: &Step, read: &Read<'_>) -> Vec<&'c str> {
    let claimed = |row: &str| step.expect.checks.iter().any(|check| check.clause.as_deref() == Some(row));
    let rows: Vec<&str> = case.covers.iter().map(|row| row.0.as_str()).filter(|row| !claimed(row)).collect();
    of_its_kind(context, &rows, read)
}

/// The requirements that say something about an answer of this kind.
fn of_its_kind<'c>(context: &Context<'_>, rows: &[&'c str], read: &Read<'_>) -> Vec<&'c str> {
    let register = &context.setting.suite.register;
    let speaks = |row: &str| register.get(&RequirementId(row.to_owned())).and_then(|row| row.speaks_of);
    let fits = |row: &&&str| speaks(row) != Some(SpeaksOf::Fault) || read.came == Came::Fault;
    rows.iter().filter(fits).copied().collect()
}
