//! For CI servers. A test is a case in a variant, or a rule; suites are the topic folders.
//!
//! `JUnit` knows only passed, failed, skipped and errored. A warning passes with its text in the output, an expected
//! deviation is skipped with its reason, a stale one fails.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::harmless;
use crate::verdict::{CaseVerdict, Deviation, DeviationState, Expectation, Finding, RuleVerdict, Run, Verdict};

/// Writes the run as `JUnit` XML.
pub(super) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for case in &run.cases {
        let topic = case.case.split_once('/').map_or("cases", |(topic, _)| topic);
        suites.entry(topic).or_insert_with(|| TestSuite::new(topic)).add_test_case(of_case(case));
    }
    for rule in &run.rules {
        suites.entry("rules").or_insert_with(|| TestSuite::new("rules")).add_test_case(of_rule(rule));
    }
    if run.halted.is_some() || !run.deviations.is_empty() {
        suites.insert("run", of_the_run(run));
    }
    let mut report = Report::new(harmless(&format!("stsproof {}", run.target.name)));
    report.add_test_suites(suites.into_values());
    report.serialize(&mut *out).map_err(io::Error::other)
}

/// What belongs to no case: why the run ended early, and what became of each deviation that the profile lists.
fn of_the_run(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new("run");
    if let Some(reason) = &run.halted {
        let status = told(TestCaseStatus::non_success(NonSuccessKind::Error), reason);
        suite.add_test_case(TestCase::new("it goes to its end", status));
    }
    for Deviation { of, reason, state, .. } in &run.deviations {
        let failed = |message: String| told(TestCaseStatus::non_success(NonSuccessKind::Failure), &message);
        let status = match state {
            DeviationState::Stale => failed(format!("the profile expects a deviation that has gone: {reason}")),
            DeviationState::Worse => failed(format!("it is worse than the profile lists it: {reason}")),
            DeviationState::Over => failed(format!("the time of this deviation is up: {reason}")),
            DeviationState::Seen | DeviationState::Open => TestCaseStatus::success(),
        };
        let mut test = TestCase::new(format!("the profile is right about {}", harmless(of)), status);
        test.set_classname("profile");
        suite.add_test_case(test);
    }
    suite
}

fn of_case(case: &CaseVerdict) -> TestCase {
    let words = case.findings.iter().map(words).collect::<Vec<_>>().join("\n");
    let mut test =
        TestCase::new(harmless(&case.name), status(case.verdict, case.expectation.as_ref(), &case.title, &words));
    test.set_classname(harmless(&case.case).replace('/', "."));
    for requirement in case.requirements.keys() {
        test.add_property(Property::new("requirement", requirement));
    }
    if !words.is_empty() {
        test.set_system_out(words);
    }
    test
}

fn of_rule(rule: &RuleVerdict) -> TestCase {
    let words = rule
        .occurrences
        .iter()
        .map(|seen| format!("{}: {}", harmless(&seen.case), words(&seen.finding)))
        .collect::<Vec<_>>()
        .join("\n");
    let mut test =
        TestCase::new(harmless(&rule.rule), status(rule.verdict, rule.expectation.as_ref(), &rule.title, &words));
    test.set_classname("rules");
    for requirement in rule.requirements.keys() {
        test.add_property(Property::new("requirement", requirement));
    }
    if !words.is_empty() {
        test.set_system_out(words);
    }
    test
}

fn status(verdict: Verdict, expectation: Option<&Expectation>, title: &str, words: &str) -> TestCaseStatus {
    let with = |status: TestCaseStatus, message: String| {
        let mut status = told(status, &message);
        if !words.is_empty() {
            status.set_description(words);
        }
        status
    };
    match (verdict, expectation) {
        (_, Some(Expectation::Stale { reason })) => with(
            TestCaseStatus::non_success(NonSuccessKind::Failure),
            format!("the profile expects a deviation that has gone: {reason}"),
        ),
        (Verdict::Fail | Verdict::Blocked, Some(Expectation::Expected { reason })) => {
            with(TestCaseStatus::skipped(), format!("expected deviation: {reason}"))
        }
        (Verdict::Fail, None) => with(TestCaseStatus::non_success(NonSuccessKind::Failure), title.to_owned()),
        (Verdict::Error | Verdict::Blocked, _) => {
            with(TestCaseStatus::non_success(NonSuccessKind::Error), format!("{verdict}: {title}"))
        }
        (Verdict::Inapplicable, _) => with(TestCaseStatus::skipped(), "inapplicable".to_owned()),
        (Verdict::Pass | Verdict::Note | Verdict::Warn, _) => TestCaseStatus::success(),
    }
}

/// A status with its message.
fn told(mut status: TestCaseStatus, message: &str) -> TestCaseStatus {
    status.set_message(harmless(message));
    status
}

fn words(finding: &Finding) -> String {
    let mut text = format!("{}: {}", finding.verdict, harmless(&finding.message));
    if let Some(requirement) = &finding.requirement {
        text.push_str(" (");
        text.push_str(requirement);
        text.push(')');
    }
    text
}
