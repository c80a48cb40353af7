//! What became of each entry of a baseline.

use rstest::rstest;

use super::rule;
use crate::case::model::{Axis, CaseId, RequirementId, Variant};
use crate::exchange::transcript::{Stop, StopReason, Transcript};
use crate::plan::{self, Planned};
use crate::profile::{Deviant, Expected, ExpectedVerdict};
use crate::source::Source;
use crate::suite::Suite;
use crate::verdict::baseline::lay_over;
use crate::verdict::{
    CaseVerdict, Conclusion, Deviation, DeviationState, Expectation, RequirementVerdict, RuleVerdict, Setting, Target,
    Verdict, judge, rollup,
};

fn suite() -> Suite {
    Suite::load(&Source::Embedded).expect("the binary carries its data")
}

fn entry(of: Deviant, verdict: ExpectedVerdict) -> Expected {
    Expected { of, verdict, reason: "known".into(), evidence: None, until: None }
}

fn soap(version: &str) -> Variant {
    Variant([(Axis::Soap, version.to_owned())].into())
}

fn minimal(part: Variant) -> Deviant {
    Deviant::Case(CaseId("issue/minimal".into()), part)
}

/// Every variant of one case, with the verdict that its variant gets.
struct Laid {
    cases: Vec<CaseVerdict>,
    rules: Vec<RuleVerdict>,
    requirements: Vec<RequirementVerdict>,
    deviations: Vec<Deviation>,
    conclusion: Conclusion,
}

fn lay(
    suite: &Suite,
    expected: &[Expected],
    wanted: impl Fn(&Variant) -> bool,
    verdict: impl Fn(&Variant) -> Verdict,
) -> Laid {
    let case = suite.case("issue/minimal").expect("it is there");
    let planned: Vec<Planned<'_>> = plan::variants(case, &suite.vocabulary)
        .into_iter()
        .filter(wanted)
        .map(|variant| Planned { case, variant, inapplicable: None })
        .collect();
    let claims = suite.capabilities.all().into_iter().collect();
    let setting = Setting {
        suite,
        target: Target { name: "t".into(), url: "u".into(), again: "a".into() },
        started: "2026-11-20T12:00:00.000Z".into(),
        claims: &claims,
        expected,
        halted: None,
    };
    let stopped = |planned: &Planned<'_>| Transcript {
        stopped: Some(Stop { reason: StopReason::Budget, because: "nothing was sent".into() }),
        ..Transcript::empty(planned.case.id.clone(), planned.variant.clone())
    };
    let transcripts: Vec<_> = planned.iter().map(|one| Some(stopped(one))).collect();
    let mut cases = judge(&setting, &planned, &transcripts, &[]).cases;
    for (case, planned) in cases.iter_mut().zip(&planned) {
        case.verdict = verdict(&planned.variant);
        let rows = planned.case.covers.iter().take(1);
        case.requirements = rows.map(|row| (row.0.clone(), case.verdict)).collect();
    }
    let mut rules = vec![rule(Verdict::Fail, RULED)];
    let mut requirements = rollup::requirements(&suite.register, &cases, &rules);
    let deviations = lay_over(&setting, &planned, &mut cases, &mut rules, &mut requirements);
    let conclusion = rollup::conclusion(false, &cases, &[], &deviations);
    Laid { cases, rules, requirements, deviations, conclusion }
}

/// The row that a rule beside the cases speaks against.
const RULED: &str = "wst.rstr.context-echo";

#[test]
fn a_rule_is_excused_by_its_row_and_by_no_case() {
    let by = |of: Deviant| {
        let laid = lay(&suite(), &[entry(of, ExpectedVerdict::Fail)], |_| true, |_| Verdict::Fail);
        let row = laid.requirements.iter().find(|row| row.id == RULED).expect("the rule speaks of it").clone();
        (Expectation::excuses(laid.rules[0].expectation.as_ref()), Expectation::excuses(row.expectation.as_ref()))
    };
    assert_eq!(by(Deviant::Requirement(RequirementId(RULED.into()))), (true, true));
    assert_eq!(by(minimal(Variant([].into()))), (false, false));
}

#[rstest]
#[case::it_is_still_there(Verdict::Fail, DeviationState::Seen, Conclusion::Conformant)]
#[case::it_is_milder(Verdict::Warn, DeviationState::Seen, Conclusion::Conformant)]
#[case::it_has_gone(Verdict::Pass, DeviationState::Stale, Conclusion::NonConformant)]
#[case::nobody_can_say(Verdict::Error, DeviationState::Open, Conclusion::Incomplete)]
#[case::nothing_could_be_asked(Verdict::Inapplicable, DeviationState::Open, Conclusion::Conformant)]
fn an_entry_is_what_became_of_all_that_it_speaks_of(
    #[case] verdict: Verdict,
    #[case] state: DeviationState,
    #[case] conclusion: Conclusion,
) {
    let listed = [entry(minimal(Variant([].into())), ExpectedVerdict::Fail)];
    let laid = lay(&suite(), &listed, |_| true, |_| verdict);
    assert_eq!((laid.deviations[0].state, laid.conclusion), (state, conclusion));
}

#[test]
fn one_variant_that_still_deviates_keeps_the_entry_alive() {
    let listed = [entry(minimal(Variant([].into())), ExpectedVerdict::Fail)];
    let old = |variant: &Variant| variant.value("soap") == Some("1.1");
    let laid = lay(&suite(), &listed, |_| true, |variant| if old(variant) { Verdict::Fail } else { Verdict::Pass });
    assert_eq!((laid.deviations[0].state, laid.conclusion), (DeviationState::Seen, Conclusion::Conformant));
    let stale = |case: &CaseVerdict| matches!(case.expectation, Some(Expectation::Stale { .. }));
    assert!(!laid.cases.iter().any(stale), "what passes beside it is no fault of the entry");
}

#[test]
fn the_entry_that_says_most_about_a_variant_means_it() {
    let mut listed =
        [entry(minimal(Variant([].into())), ExpectedVerdict::Warn), entry(minimal(soap("1.1")), ExpectedVerdict::Fail)];
    listed[1].reason = "SOAP 1.1".into();
    let laid = lay(&suite(), &listed, |_| true, |_| Verdict::Fail);
    for case in &laid.cases {
        let excused = Expectation::excuses(case.expectation.as_ref());
        assert_eq!(excused, case.variant.contains("soap=1.1"), "{}", case.name);
    }
    assert_eq!(laid.conclusion, Conclusion::NonConformant, "a fail is worse than the warning that is expected");
}

#[test]
fn what_was_not_asked_makes_no_entry_stale() {
    let suite = suite();
    let row = suite.case("issue/minimal").expect("it is there").covers[0].clone();
    let listed = [
        entry(minimal(Variant([].into())), ExpectedVerdict::Fail),
        entry(Deviant::Requirement(row), ExpectedVerdict::Fail),
        entry(minimal(soap("1.2")), ExpectedVerdict::Fail),
    ];
    let laid = lay(&suite, &listed, |variant| variant.value("soap") == Some("1.2"), |_| Verdict::Pass);
    let states: Vec<_> = laid.deviations.iter().map(|deviation| deviation.state).collect();
    assert_eq!(states, [DeviationState::Open, DeviationState::Open, DeviationState::Stale]);
}

#[test]
fn an_expected_block_leaves_nothing_open() {
    let suite = suite();
    let row = suite.case("issue/minimal").expect("it is there").covers[0].clone();
    for of in [minimal(Variant([].into())), Deviant::Requirement(row)] {
        let laid = lay(&suite, &[entry(of, ExpectedVerdict::Blocked)], |_| true, |_| Verdict::Blocked);
        assert_eq!((laid.deviations[0].state, laid.conclusion), (DeviationState::Seen, Conclusion::Conformant));
    }
}

#[rstest]
#[case::a_warning_that_fails(ExpectedVerdict::Warn, Verdict::Fail)]
#[case::a_block_under_which_something_was_seen(ExpectedVerdict::Blocked, Verdict::Warn)]
fn what_is_worse_than_listed_is_not_excused(#[case] listed: ExpectedVerdict, #[case] verdict: Verdict) {
    let laid = lay(&suite(), &[entry(minimal(Variant([].into())), listed)], |_| true, |_| verdict);
    assert_eq!(laid.deviations[0].state, DeviationState::Worse);
    assert!(laid.cases.iter().all(|case| case.expectation.is_none()));
}

#[test]
fn an_entry_whose_time_is_up_excuses_nothing() {
    let listed = [Expected {
        until: Some(jiff::civil::date(2026, 11, 19)),
        ..entry(minimal(Variant([].into())), ExpectedVerdict::Fail)
    }];
    let laid = lay(&suite(), &listed, |_| true, |_| Verdict::Fail);
    assert_eq!((laid.deviations[0].state, laid.conclusion), (DeviationState::Over, Conclusion::NonConformant));
}
