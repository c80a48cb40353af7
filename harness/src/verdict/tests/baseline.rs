use rstest::rstest;

use super::{OTHER, ROW, SUITE, case, rule};
use crate::case::model::{CaseId, RequirementId};
use crate::profile::{Deviant, Expected, ExpectedVerdict};
use crate::verdict::Verdict::{self, Blocked, Error, Fail, Inapplicable, Note, Pass, Warn};
use crate::verdict::baseline::lay_over;
use crate::verdict::rollup::requirements;
use crate::verdict::{CaseVerdict, Expectation, RequirementVerdict, RuleVerdict};

const STARTED: &str = "2026-01-15T12:00:00Z";

fn of_row(row: &str, verdict: ExpectedVerdict) -> Expected {
    let of = Deviant::Requirement(RequirementId(row.to_owned()));
    Expected { of, verdict, reason: format!("Known of {row}."), until: None }
}

fn of_case(id: &str, variant: Option<&str>) -> Expected {
    let of = Deviant::Case(CaseId(id.to_owned()), variant.map(str::to_owned));
    Expected { of, verdict: ExpectedVerdict::Fail, reason: "Known of the case.".to_owned(), until: None }
}

/// A run with its baseline laid over.
struct Laid {
    cases: Vec<CaseVerdict>,
    rules: Vec<RuleVerdict>,
    rows: Vec<RequirementVerdict>,
}

fn laid(expected: &[Expected], mut cases: Vec<CaseVerdict>, mut rules: Vec<RuleVerdict>) -> Laid {
    let mut rows = requirements(&SUITE.register, &cases, &rules);
    lay_over(expected, STARTED, &mut cases, &mut rules, &mut rows);
    Laid { cases, rules, rows }
}

fn word(expectation: Option<&Expectation>) -> &'static str {
    match expectation {
        None => "unexpected",
        Some(Expectation::Expected { .. }) => "expected",
        Some(Expectation::Stale { .. }) => "stale",
    }
}

impl Laid {
    fn case(&self) -> &'static str {
        word(self.cases[0].expectation.as_ref())
    }

    fn rule(&self) -> &'static str {
        word(self.rules[0].expectation.as_ref())
    }

    fn row(&self, id: &str) -> &'static str {
        word(self.rows.iter().find(|row| row.id == id).expect("it was spoken about").expectation.as_ref())
    }
}

/// Worse than expected is not expected, better is stale, and a question that stayed open says nothing.
#[rstest]
#[case(ExpectedVerdict::Fail, &[(Fail, "expected"), (Warn, "expected"), (Note, "stale"), (Pass, "stale")])]
#[case(ExpectedVerdict::Warn, &[(Fail, "unexpected"), (Warn, "expected"), (Note, "stale"), (Pass, "stale")])]
#[case(ExpectedVerdict::Note, &[(Fail, "unexpected"), (Warn, "unexpected"), (Note, "expected"), (Pass, "stale")])]
#[case(ExpectedVerdict::Blocked, &[(Blocked, "expected"), (Pass, "stale"), (Fail, "unexpected")])]
#[case(ExpectedVerdict::Fail, &[(Blocked, "unexpected"), (Error, "unexpected"), (Inapplicable, "unexpected")])]
fn an_entry_is_held_against_what_happened(#[case] entry: ExpectedVerdict, #[case] table: &[(Verdict, &str)]) {
    for (verdict, said) in table {
        let laid = laid(&[of_row(ROW, entry)], vec![case("a", *verdict, &[ROW])], vec![]);
        assert_eq!(laid.row(ROW), *said, "{entry:?} was expected and {verdict} happened");
    }
}

#[test]
fn a_case_is_excused_in_the_variant_that_is_named_and_in_no_other() {
    let failed = || vec![case("issue/a", Fail, &[ROW])];
    assert_eq!(laid(&[of_case("issue/a", None)], failed(), vec![]).case(), "expected");
    assert_eq!(laid(&[of_case("issue/a", Some("soap=1.2"))], failed(), vec![]).case(), "expected");
    assert_eq!(laid(&[of_case("issue/a", Some("soap=1.1"))], failed(), vec![]).case(), "unexpected");
    assert_eq!(laid(&[of_case("issue/b", None)], failed(), vec![]).case(), "unexpected");
}

#[test]
fn a_case_is_excused_by_its_requirements_only_if_all_that_fail_are_listed() {
    let failed = || vec![case("a", Fail, &[ROW, OTHER])];
    let (one, both) =
        ([of_row(ROW, ExpectedVerdict::Fail)], [ROW, OTHER].map(|row| of_row(row, ExpectedVerdict::Fail)));
    assert_eq!(laid(&one, failed(), vec![]).case(), "unexpected");
    let laid = laid(&both, failed(), vec![]);
    assert_eq!(laid.case(), "expected");
    let Some(Expectation::Expected { reason }) = &laid.cases[0].expectation else { panic!("it is expected") };
    assert!(reason.contains(ROW) && reason.contains(OTHER), "{reason}");
}

#[test]
fn an_excuse_for_a_warning_is_none_for_a_failure() {
    let warned = of_row(ROW, ExpectedVerdict::Warn);
    assert_eq!(laid(&[warned], vec![case("a", Fail, &[ROW])], vec![]).case(), "unexpected");
}

#[test]
fn a_case_that_is_excused_by_name_excuses_its_requirements_but_no_rule() {
    let entry = [of_case("a", None)];
    let alone = laid(&entry, vec![case("a", Fail, &[ROW])], vec![]);
    assert_eq!(alone.row(ROW), "expected");
    let with_rule = laid(&entry, vec![case("a", Fail, &[ROW])], vec![rule(Fail, ROW)]);
    assert_eq!((with_rule.row(ROW), with_rule.rule()), ("unexpected", "unexpected"));
    let another = laid(&entry, vec![case("a", Fail, &[ROW]), case("b", Fail, &[ROW])], vec![]);
    assert_eq!(another.row(ROW), "unexpected");
}

#[test]
fn a_rule_is_excused_by_its_requirement() {
    let entry = [of_row(ROW, ExpectedVerdict::Fail)];
    assert_eq!(laid(&entry, vec![], vec![rule(Fail, ROW)]).rule(), "expected");
    assert_eq!(laid(&entry, vec![], vec![rule(Pass, ROW)]).rule(), "unexpected", "nothing is to be excused");
}

#[test]
fn an_excuse_ends_with_its_last_day() {
    let until = |day: &str| Expected { until: day.parse().ok(), ..of_row(ROW, ExpectedVerdict::Fail) };
    let row = |entry: Expected| laid(&[entry], vec![case("a", Fail, &[ROW])], vec![]).row(ROW);
    assert_eq!(row(until("2026-01-15")), "expected");
    assert_eq!(row(until("2026-01-14")), "unexpected");
}
