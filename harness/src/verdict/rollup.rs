//! From what happened to each case and rule to what that says about each requirement, and about the target.

use std::collections::BTreeMap;

use super::{
    CaseVerdict, Conclusion, Deviation, DeviationState, Expectation, RequirementVerdict, RuleVerdict, Source, Verdict,
};
use crate::requirement::Register;

/// The rows of the register that the cases and rules spoke about, each with the worst that was said.
pub(super) fn requirements(
    register: &Register,
    cases: &[CaseVerdict],
    rules: &[RuleVerdict],
) -> Vec<RequirementVerdict> {
    let mut said: BTreeMap<&str, Vec<Source>> = BTreeMap::new();
    for case in cases {
        for (id, verdict) in &case.requirements {
            said.entry(id).or_default().push(Source { name: case.name.clone(), verdict: *verdict });
        }
    }
    for rule in rules {
        for (id, verdict) in &rule.requirements {
            said.entry(id).or_default().push(Source { name: format!("rule {}", rule.rule), verdict: *verdict });
        }
    }
    register
        .rows()
        .iter()
        .filter_map(|row| {
            let sources = said.remove(row.id.0.as_str())?;
            Some(RequirementVerdict {
                id: row.id.to_string(),
                spec: row.spec.clone(),
                section: row.section.clone(),
                level: row.level.keyword().to_owned(),
                text: row.text.clone(),
                verdict: sources.iter().map(|source| source.verdict).max().unwrap_or(Verdict::Inapplicable),
                expectation: None,
                sources,
            })
        })
        .collect()
}

/// One word about the target. A proven breach stays proven, whatever else could not be looked at.
pub(super) fn conclusion(
    halted: bool,
    cases: &[CaseVerdict],
    rules: &[RuleVerdict],
    deviations: &[Deviation],
) -> Conclusion {
    let judged = || {
        let cases = cases.iter().map(|case| (case.verdict, case.expectation.as_ref()));
        let rules = rules.iter().map(|rule| (rule.verdict, rule.expectation.as_ref()));
        cases.chain(rules)
    };
    let stale = deviations.iter().any(|deviation| deviation.state == DeviationState::Stale);
    let breached =
        judged().any(|(verdict, expectation)| verdict == Verdict::Fail && !Expectation::excuses(expectation));
    let open = judged().any(|(verdict, expectation)| verdict.is_open() && !Expectation::excuses(expectation));
    if breached || (stale && !halted && !open) {
        Conclusion::NonConformant
    } else if halted || open {
        Conclusion::Incomplete
    } else {
        Conclusion::Conformant
    }
}
