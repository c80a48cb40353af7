//! One case in one variant: what was expected of each answer, held against what came.

use super::answer::{Fit, Read, fit};
use super::hostile;
use super::rule::Rules;
use super::tally::Tally;
use super::{CaseVerdict, Evidence, Setting, Verdict};
use crate::case::model::{Case, Step};
use crate::exchange::transcript::{Exchange, StopReason, Transcript};
use crate::plan::Planned;
use crate::stage::{Documents, Facts, Stage};

/// What all cases of a run have in common.
pub(super) struct Context<'a> {
    /// Paths and documents.
    pub(super) stage: &'a Stage<'a>,
    /// What the run is judged by.
    pub(super) setting: &'a Setting<'a>,
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
            tally.error("", reason.clone());
            tally.findings[0].verdict = Verdict::Inapplicable;
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
            tally.verdict()
        }
    };
    let (findings, requirements) = tally.into_parts();
    CaseVerdict {
        name: planned.id(),
        case: case.id.to_string(),
        variant: planned.varied().to_string(),
        title: case.title.clone(),
        why: case.why.clone(),
        verdict,
        expectation: None,
        findings,
        requirements,
        evidence: Evidence { exchanges: transcript.map(|seen| seen.exchanges.clone()).unwrap_or_default() },
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
            hostile::answer(context, planned, hostile, step, exchange, tally);
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
    let paths = context.stage.paths(&planned.variant);
    let read = Read::of(exchange);
    let documents = Documents::of(exchange, exchange.opened.as_deref());
    let facts = Facts(&exchange.facts);
    let scene = documents.scene(exchange, &paths, &facts);
    if case.hostile.is_none() {
        rules.hold(planned, &read, step, &scene);
    }

    let met = match fit(&read, step.expect.answer, &step.expect.code, paths.namespaces()) {
        Fit::Met => {
            if last {
                tally.holds(&said_by_the_answer(case, step));
            }
            true
        }
        Fit::SecondBest(remark) => {
            tally.remark(&step.name, &said_by_the_answer(case, step), remark, read.spot());
            true
        }
        Fit::Missed(message) if last => {
            tally.missed(&step.name, &rows, message, read.spot());
            false
        }
        Fit::Missed(message) => {
            tally.blocked(&step.name, &rows, format!("step `{}`: {message}", step.name));
            false
        }
        Fit::Unknown(message) => {
            tally.error(&step.name, message);
            false
        }
    };
    if met {
        let findings = step.expect.checks.iter().map(|check| check.evaluate(&scene));
        tally.checks(&step.name, || rows.clone(), findings);
    }
    met
}

/// The requirements that the kind of the answer says something about: those that no check claims for itself.
fn said_by_the_answer<'c>(case: &'c Case, step: &Step) -> Vec<&'c str> {
    let claimed = |row: &str| step.expect.checks.iter().any(|check| check.clause.as_deref() == Some(row));
    case.covers.iter().map(|row| row.0.as_str()).filter(|row| !claimed(row)).collect()
}
