use rstest::rstest;

use super::{OTHER, ROW, SUITE, case, rule};
use crate::verdict::Verdict::{self, Blocked, Error, Fail, Inapplicable, Note, Pass, Warn};
use crate::verdict::rollup::{conclusion, requirements};
use crate::verdict::{Conclusion, Deviation, DeviationState, Expectation};

fn expected() -> Expectation {
    Expectation::Expected { reason: "Ticket 1.".to_owned() }
}

fn stale() -> Deviation {
    Deviation {
        of: ROW.to_owned(),
        verdict: Fail,
        reason: "Ticket 1.".to_owned(),
        evidence: None,
        state: DeviationState::Stale,
    }
}

#[test]
fn a_requirement_takes_the_worst_of_its_cases_and_rules() {
    let cases = [case("a", Pass, &[ROW]), case("b", Warn, &[ROW, OTHER])];
    let rows = requirements(&SUITE.register, &cases, &[rule(Fail, ROW)]);
    let verdicts: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.verdict)).collect();
    assert!(verdicts.contains(&(ROW, Fail)) && verdicts.contains(&(OTHER, Warn)), "{verdicts:?}");
    assert_eq!(rows.len(), 2, "a row that nothing speaks about has no verdict");
    let sources = &rows.iter().find(|row| row.id == ROW).expect("it is there").sources;
    let names: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["a@soap=1.2", "b@soap=1.2", "rule a-rule"]);
}

#[rstest]
#[case::all_well(&[Pass, Note, Inapplicable], Conclusion::Conformant)]
#[case::a_recommendation_is_no_demand(&[Pass, Warn], Conclusion::Conformant)]
#[case::nothing_at_all(&[], Conclusion::Conformant)]
#[case::a_breach(&[Pass, Fail], Conclusion::NonConformant)]
#[case::something_stays_open(&[Pass, Blocked], Conclusion::Incomplete)]
#[case::our_own_fault(&[Pass, Error], Conclusion::Incomplete)]
#[case::a_breach_is_proven_whatever_stays_open(&[Fail, Error, Blocked], Conclusion::NonConformant)]
fn the_run_has_one_word(#[case] verdicts: &[Verdict], #[case] word: Conclusion) {
    let cases: Vec<_> = verdicts.iter().map(|verdict| case("a", *verdict, &[])).collect();
    assert_eq!(conclusion(false, &cases, &[], &[]), word);
}

#[test]
fn a_rule_that_is_broken_counts_like_a_case() {
    assert_eq!(conclusion(false, &[case("a", Pass, &[])], &[rule(Fail, ROW)], &[]), Conclusion::NonConformant);
}

#[test]
fn a_run_that_was_halted_is_incomplete_unless_a_breach_was_seen() {
    assert_eq!(conclusion(true, &[case("a", Pass, &[])], &[], &[]), Conclusion::Incomplete);
    assert_eq!(conclusion(true, &[case("a", Fail, &[])], &[], &[]), Conclusion::NonConformant);
}

#[test]
fn an_excused_breach_does_not_count_and_a_stale_excuse_does() {
    let mut excused = case("a", Fail, &[ROW]);
    excused.expectation = Some(expected());
    assert_eq!(conclusion(false, &[excused], &[], &[]), Conclusion::Conformant);

    let gone = case("a", Pass, &[ROW]);
    assert_eq!(conclusion(false, std::slice::from_ref(&gone), &[], &[stale()]), Conclusion::NonConformant);
    // What could not be looked at may be where the deviation still is.
    let open = case("b", Blocked, &[ROW]);
    assert_eq!(conclusion(false, &[gone, open], &[], &[stale()]), Conclusion::Incomplete);
}

#[test]
fn what_is_expected_to_stay_open_leaves_nothing_open() {
    let mut blocked = case("a", Blocked, &[ROW]);
    blocked.expectation = Some(expected());
    assert_eq!(conclusion(false, &[blocked], &[], &[]), Conclusion::Conformant);
}
