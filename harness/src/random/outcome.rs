//! A campaign as a run: every small failure is judged once more as the case that it would become, by the same layer of
//! verdicts, and reported by the same writers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::data::Data;
use super::label::Label;
use super::part::{Part, Small};
use super::promote;
use super::shrink::REPEATS;
use crate::error::Error;
use crate::exchange::drive::Exchanger;
use crate::exchange::transcript::Transcript;
use crate::observe::Observer;
use crate::plan::{Planned, plan};
use crate::profile::Profile;
use crate::source::{File, Source};
use crate::suite::Suite;
use crate::verdict::{self, CaseVerdict, Conclusion, Evidence, Finding, Run, Setting, Totals, Verdict};

/// The suite with the small failures as cases of it.
pub fn suite_with(small: &[Small], source: &Source, suite: &Suite, data: &Data) -> Result<Suite, Error> {
    let file = |small: &Small| {
        let text = promote::toml(small, suite, data)?;
        Ok(File { path: format!("{}.toml", promote::id(small)), bytes: Cow::Owned(text.into_bytes()) })
    };
    Suite::load_with(source, small.iter().map(file).collect::<Result<_, Error>>()?)
}

/// Sends the small failures once more as cases. Where there is no exchanger, as after a merge, nothing is sent.
pub fn run(
    part: &Part,
    suite: &Suite,
    profile: &Profile,
    exchanger: Option<(&Exchanger<'_>, &Observer<'_>)>,
    target: verdict::Target,
    started: String,
) -> Run {
    let found = |planned: &Planned<'_>| planned.case.id.0.starts_with(promote::FOLDER);
    let ours = |planned: &Planned<'_>| part.small.iter().any(|small| promote::id(small) == planned.case.id.0);
    let planned: Vec<Planned<'_>> = plan(suite, profile).into_iter().filter(|one| found(one) && ours(one)).collect();
    let transcripts: Vec<Option<Transcript>> = match exchanger {
        Some((exchanger, observer)) => exchanger.run(&planned, observer, &|_, _| ControlFlow::Continue(())),
        None => planned.iter().map(|_| None).collect(),
    };
    let (claims, expected) = (&profile.claims, profile.expected.as_slice());
    let setting = Setting { suite, target, started, claims, expected, halted: part.halted.clone() };
    let mut run = verdict::judge_and(&setting, &planned, &transcripts, &[], &|case| {
        if let Some(small) = part.small.iter().find(|small| promote::id(small) == case.case) {
            settle(case, small, exchanger.is_some());
        }
    });
    run.cases.extend(summary(part));
    run.totals = Totals::of(run.cases.iter().map(|case| case.verdict));
    run.conclusion = conclusion(part, &run);
    run
}

/// What the campaign saw each time counts even where the case, which knows less, has nothing to say. What came only some
/// of the times is worth a look, and no red line.
fn settle(case: &mut CaseVerdict, small: &Small, was_sent: bool) {
    if was_sent && case.verdict == Verdict::Inapplicable {
        return;
    }
    let reliable = small.repeats == REPEATS;
    if case.verdict.is_against() && (reliable || case.verdict == Verdict::Warn) {
        return;
    }
    case.verdict = if reliable { Verdict::Fail } else { Verdict::Warn };
    let mut times = format!("failed {} of {REPEATS} times", small.repeats);
    if was_sent {
        times.push_str("; the case that `promote` writes of it does not fail: it is not the whole of what was seen");
    }
    let message = format!("{}: {} ({times})", small.signature.oracle.key(), small.failing.because);
    case.findings
        .iter_mut()
        .filter(|finding| finding.verdict > case.verdict)
        .for_each(|finding| finding.verdict = case.verdict);
    // What is open because nothing was sent here was seen where it was.
    case.findings.retain(|finding| !finding.verdict.is_open());
    let verdict = case.verdict;
    case.requirements.values_mut().filter(|row| row.is_open()).for_each(|row| *row = verdict);
    case.findings.insert(0, finding(verdict, message));
}

/// How many messages there were of each label, as cases of their own, and what could not be asked.
fn summary(part: &Part) -> Vec<CaseVerdict> {
    let mut cases = Vec::new();
    for label in [Label::Reject, Label::May, Label::Accept] {
        let count = part.tally.sent.get(&label).copied().unwrap_or(0);
        let failed: u64 = part
            .buckets
            .0
            .iter()
            .filter(|(signature, _)| signature.label == label)
            .map(|(_, bucket)| bucket.count)
            .sum();
        let verdict = match (count, failed) {
            (0, _) => Verdict::Inapplicable,
            (_, 0) => Verdict::Pass,
            // What of it can be repeated stands in cases of its own.
            _ => Verdict::Note,
        };
        let title = format!("{} generated messages that {}, {failed} of them answered otherwise", count, label.words());
        cases.push(case(label.key(), title, verdict, Vec::new()));
    }
    for (signature, bucket) in part.buckets.0.iter().filter(|_| part.halted.is_none()) {
        let known = part.small.iter().any(|small| small.signature.is_kind_of(signature));
        if !known {
            let told = format!(
                "script {} was answered so, and was not seen to be when it was made small: {}",
                bucket.first, signature.fingerprint
            );
            let title = format!("{} among messages that {}", signature.oracle.key(), signature.label.words());
            cases.push(row(&format!("{}-{}", signature.oracle.key(), bucket.first), title, Verdict::Error, &told));
        }
    }
    cases.extend(part.deadly.iter().map(|(number, told)| {
        let title = format!("The target survives script {number}");
        row(&format!("deadly-{number}"), title, Verdict::Error, told)
    }));
    cases.extend(part.conflicts.iter().map(|(number, told)| {
        let title = format!("Our two readings of script {number} agree");
        row(&format!("conflict-{number}"), title, Verdict::Error, told)
    }));
    if part.tally.blocked > 0 && part.blocked.is_empty() {
        let told = "their golden request was not accepted when it was their turn; begin the campaign anew to send them";
        let title = format!("Every script was sent: {} were not", part.tally.blocked);
        cases.push(row("left-out", title, Verdict::Error, told));
    }
    cases.extend(part.blocked.iter().map(|(base, because)| {
        row(&format!("golden {base}"), "The golden request is accepted".to_owned(), Verdict::Blocked, because)
    }));
    cases
}

fn row(name: &str, title: String, verdict: Verdict, told: &str) -> CaseVerdict {
    case(name, title, verdict, vec![finding(verdict, told.to_owned())])
}

fn case(name: &str, title: String, verdict: Verdict, findings: Vec<Finding>) -> CaseVerdict {
    let name = format!("generated/{name}");
    CaseVerdict {
        name: name.clone(),
        case: name,
        variant: String::new(),
        axes: BTreeMap::new(),
        title,
        why: "What nobody thought of is where services differ.".to_owned(),
        verdict,
        expectation: None,
        findings,
        requirements: BTreeMap::new(),
        evidence: Evidence::default(),
        again: None,
    }
}

fn finding(verdict: Verdict, message: String) -> Finding {
    Finding {
        verdict,
        requirement: None,
        step: String::new(),
        check: None,
        message,
        expected: None,
        found: None,
        place: None,
        spot: None,
    }
}

fn conclusion(part: &Part, run: &Run) -> Conclusion {
    let open = run.cases.iter().any(|case| case.verdict == Verdict::Error);
    if run.conclusion == Conclusion::NonConformant {
        Conclusion::NonConformant
    } else if open || part.halted.is_some() || part.tally.blocked > 0 || !part.blocked.is_empty() {
        Conclusion::Incomplete
    } else {
        run.conclusion
    }
}
