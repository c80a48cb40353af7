//! What only a whole class of hostile requests can tell.

use super::super::{Finding, Verdict, hostile};
use super::SUITE;
use crate::case::hostile::{Hazard, REPAIRED};
use crate::plan::{self, Planned};
use crate::profile::Profile;

const CLASS: &str = "hostile/xml/xml-doctype-bare";

/// The class in all its forms, the one without a defect first.
fn class() -> Vec<Planned<'static>> {
    let profile = Profile::bundled(&SUITE).expect("it is in order");
    let planned = plan::hostile(&SUITE, &profile, &[Hazard::Load]);
    planned.into_iter().filter(|planned| planned.case.id.0 == CLASS).collect()
}

fn judged(repaired: Verdict) -> Vec<Verdict> {
    let planned = class();
    assert_eq!(planned[0].variant.value("form"), Some(REPAIRED));
    let mut cases: Vec<_> = planned.iter().map(|_| super::case(CLASS, Verdict::Pass, &[])).collect();
    cases[0].verdict = repaired;
    cases[0].findings = vec![Finding {
        verdict: repaired,
        requirement: None,
        step: String::new(),
        check: None,
        message: "refused".to_owned(),
        expected: None,
        found: None,
        place: None,
        spot: None,
    }];
    hostile::classes(&planned, &mut cases);
    cases.into_iter().map(|case| case.verdict).collect()
}

#[test]
fn a_class_whose_request_is_refused_without_its_defect_is_void() {
    let verdicts = judged(Verdict::Fail);
    assert!(verdicts.len() > 1 && verdicts[1..].iter().all(|verdict| *verdict == Verdict::Blocked), "{verdicts:?}");
}

#[test]
fn a_class_whose_request_is_served_without_its_defect_says_what_it_found() {
    assert!(judged(Verdict::Pass).iter().all(|verdict| *verdict == Verdict::Pass));
}
