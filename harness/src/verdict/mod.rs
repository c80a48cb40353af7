//! Findings become verdicts, verdicts roll up to requirements, requirements to one word about the run.
//!
//! Nothing here sees a socket or a clock: the same transcripts always give the same run.

pub(crate) mod answer;
mod baseline;
mod case;
mod grade;
mod hostile;
pub(crate) mod leak;
mod model;
mod parallel;
mod proven;
mod rollup;
mod rule;
mod tally;
pub(crate) mod wording;

use std::collections::{BTreeSet, HashMap};

pub use grade::Verdict;
pub use model::{
    CaseVerdict, Conclusion, Deviation, DeviationState, Evidence, Expectation, Finding, Occurrence, Position,
    RequirementVerdict, RuleVerdict, Run, Source, Spot, Target, Totals,
};

use crate::case::model::{Capability, Variant};
use crate::exchange::transcript::Transcript;
use crate::paths::VariantPaths;
use crate::plan::Planned;
use crate::profile::Expected;
use crate::suite::Suite;

/// The case whose token shows that the target works at all in a variant.
pub const CANARY: &str = "issue/minimal";

/// The version of the form of [`Run`].
pub const FORMAT: u32 = 1;

/// What a run is judged by, besides what went over the wire.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// The cases, rules and requirements.
    pub suite: &'a Suite,
    /// What was tested.
    pub target: Target,
    /// When the run began, as xs:dateTime in UTC.
    pub started: String,
    /// What the target says that it offers.
    pub claims: &'a BTreeSet<Capability>,
    /// The deviations that the profile expects.
    pub expected: &'a [Expected],
    /// Why the run could not go on, if it could not.
    pub halted: Option<String>,
}

/// Judges everything that was planned by what went over the wire. `transcripts` stand in the order of the plan, with
/// `None` for what was not sent.
pub fn judge(
    setting: &Setting<'_>,
    planned: &[Planned<'_>],
    transcripts: &[Option<Transcript>],
    canaries: &[Transcript],
) -> Run {
    judge_and(setting, planned, transcripts, canaries, &|_| {})
}

/// The same, with more that is known of each case than went over the wire here.
pub(crate) fn judge_and(
    setting: &Setting<'_>,
    planned: &[Planned<'_>],
    transcripts: &[Option<Transcript>],
    canaries: &[Transcript],
    known: &dyn Fn(&mut CaseVerdict),
) -> Run {
    let (mut cases, rules) = each(setting, planned, transcripts, canaries);
    cases.iter_mut().for_each(known);
    hostile::classes(planned, &mut cases);
    let mut rules = rules.finish();
    let mut requirements = rollup::requirements(&setting.suite.register, &cases, &rules);
    let deviations = baseline::lay_over(setting, planned, &mut cases, &mut rules, &mut requirements);
    Run {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        suite: setting.suite.digest.clone(),
        target: setting.target.clone(),
        started: setting.started.clone(),
        conclusion: rollup::conclusion(setting.halted.is_some(), &cases, &rules, &deviations),
        halted: setting.halted.clone(),
        totals: Totals::of(cases.iter().map(|case| case.verdict)),
        requirements,
        cases,
        rules,
        deviations,
    }
}

/// Judges every case, on as many threads as there are. The order of the plan is the order of the verdicts and of the
/// examples that a rule keeps, however the work was shared out.
fn each<'s>(
    setting: &'s Setting<'s>,
    planned: &[Planned<'_>],
    transcripts: &[Option<Transcript>],
    canaries: &[Transcript],
) -> (Vec<CaseVerdict>, rule::Rules<'s>) {
    let paths = VariantPaths::new(&setting.suite.vocabulary);
    let silent = silent_speeches(canaries);
    let golden = proven::Golden::of(planned, transcripts);
    let pairs: Vec<_> = planned.iter().zip(transcripts).collect();
    let chunks: Vec<_> = pairs.chunks(CHUNK).collect();
    let judged = parallel::in_order(&chunks, |chunk| {
        let mut rules = rule::Rules::new(setting);
        let one = |(planned, transcript): &(&Planned<'_>, &Option<Transcript>)| {
            let blocked = silent.get(&speech(&planned.variant)).filter(|_| planned.case.id.0 != CANARY);
            let blocked = blocked.map(|silence| silence.because.as_str());
            let context = case::Context { paths: &paths, setting, golden: &golden, blocked };
            case::judge(&context, planned, transcript.as_ref(), &mut rules)
        };
        (chunk.iter().map(one).collect::<Vec<_>>(), rules)
    });
    let mut all = (Vec::with_capacity(planned.len()), rule::Rules::new(setting));
    for (cases, rules) in judged {
        all.0.extend(cases);
        all.1.add(rules);
    }
    all
}

/// So many cases are judged at a time: enough that what is counted for each rule is not added up too often.
const CHUNK: usize = 32;

/// Why a target cannot be asked anything in a variant: its plainest request does not bring a token there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// In words.
    pub because: String,
    /// Whether it answered at all.
    pub answered: bool,
    /// Whether it answered with SOAP.
    pub is_soap: bool,
    /// The local names of the fault's codes, if it answered with a fault.
    pub codes: Vec<String>,
}

/// Whether the plainest request brings a token, and if not, why.
pub fn silence(canary: &Transcript) -> Option<Silence> {
    let read = canary.exchanges.last().map(answer::Read::of);
    let because = match (&read, &canary.stopped) {
        (_, Some(stop)) => stop.because.clone(),
        (Some(read), None) if read.came == answer::Came::Issued => return None,
        (Some(read), None) if read.http.is_none() => read.words(),
        (Some(read), None) => format!("the plainest request, `{CANARY}`, brings no token: {}", read.words()),
        (None, None) => format!("`{CANARY}` was not sent in {}", canary.variant),
    };
    let fault = read.as_ref().and_then(|read| read.fault());
    Some(Silence {
        because,
        answered: canary.stopped.is_none() && read.as_ref().is_some_and(|read| read.http.is_some()),
        is_soap: read.as_ref().is_some_and(|read| read.answer.is_some()),
        codes: fault.map(|fault| fault.codes().map(|code| code.local.clone()).collect()).unwrap_or_default(),
    })
}

/// Leaves out of a plan what is asked in a version that the target does not speak, going by the plainest requests. Where
/// the target claims the version, as `claims` says of a variant, its silence is a fault and everything stays.
pub fn leave_out_unspoken(planned: &mut [Planned<'_>], canaries: &[Transcript], claims: impl Fn(&Variant) -> bool) {
    let silent = silent_speeches(canaries);
    for one in planned.iter_mut().filter(|one| one.inapplicable.is_none()) {
        let speech = speech(&one.variant);
        if let Some(silence) = silent.get(&speech).filter(|silence| silence.answered && !claims(&one.variant)) {
            one.inapplicable = Some(format!("the target does not speak {speech}: {}", silence.because));
        }
    }
}

/// In which versions no plainest request brings a token, and why the first of them does not.
fn silent_speeches(canaries: &[Transcript]) -> HashMap<Variant, Silence> {
    let mut silent = HashMap::new();
    for canary in canaries {
        if let Some(silence) = silence(canary) {
            silent.entry(speech(&canary.variant)).or_insert(silence);
        }
    }
    for canary in canaries.iter().filter(|canary| silence(canary).is_none()) {
        silent.remove(&speech(&canary.variant));
    }
    silent
}

/// The part of a variant that the canary is asked in: which SOAP and which WS-Trust are spoken.
pub fn speech(variant: &Variant) -> Variant {
    use crate::case::model::Axis;
    let spoken = variant.0.iter().filter(|(axis, _)| matches!(axis, Axis::Soap | Axis::Trust));
    Variant(spoken.map(|(axis, value)| (*axis, value.clone())).collect())
}

#[cfg(test)]
mod tests;
