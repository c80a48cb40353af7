//! Lays what the profile expects over what happened. An expected deviation still shows; one that has gone is stale.

use std::collections::BTreeMap;

use super::{CaseVerdict, Expectation, RequirementVerdict, RuleVerdict, Verdict};
use crate::profile::{Deviant, Expected};

/// Marks every verdict that an entry of the profile speaks about.
///
/// `started` is the time of the run: an entry whose time is up excuses nothing.
pub(super) fn lay_over(
    expected: &[Expected],
    started: &str,
    cases: &mut [CaseVerdict],
    rules: &mut [RuleVerdict],
    requirements: &mut [RequirementVerdict],
) {
    let entries = Entries { of: expected.iter().filter(|entry| !is_over(entry, started)).collect() };
    for case in cases.iter_mut() {
        case.expectation = entries.of_case(case);
    }
    for rule in rules.iter_mut().filter(|rule| rule.verdict.is_against()) {
        rule.expectation = entries.excuse(&rule.requirements);
    }
    for row in requirements.iter_mut() {
        row.expectation = entries.of_requirement(row, cases);
    }
}

fn is_over(entry: &Expected, started: &str) -> bool {
    // Both begin with an ISO date, and those sort as text.
    entry.until.is_some_and(|until| started.get(..10).is_some_and(|day| *day > *until.to_string()))
}

struct Entries<'a> {
    of: Vec<&'a Expected>,
}

impl Entries<'_> {
    fn of_case(&self, case: &CaseVerdict) -> Option<Expectation> {
        let named = self.of.iter().find(|entry| match &entry.of {
            Deviant::Case(id, variant) => {
                id.0 == case.case && variant.as_ref().is_none_or(|name| *name == case.variant)
            }
            Deviant::Requirement(_) => false,
        });
        match named {
            Some(entry) => judge(entry, case.verdict).or_else(|| self.excuse(&case.requirements)),
            None if case.verdict.is_against() => self.excuse(&case.requirements),
            None => None,
        }
    }

    fn of_requirement(&self, row: &RequirementVerdict, cases: &[CaseVerdict]) -> Option<Expectation> {
        if let Some(entry) = self.for_requirement(&row.id) {
            return judge(entry, row.verdict);
        }
        // A case that is excused by name excuses what it says about its requirements, but no rule.
        let by_a_rule = |row: &RequirementVerdict| {
            row.sources.iter().any(|source| source.verdict.is_against() && source.name.starts_with("rule "))
        };
        if !row.verdict.is_against() || by_a_rule(row) {
            return None;
        }
        cases
            .iter()
            .filter(|case| case.requirements.get(&row.id).is_some_and(|verdict| verdict.is_against()))
            .map(|case| case.expectation.clone())
            .reduce(Option::and)
            .flatten()
    }

    /// Excused only when every requirement that speaks against the target is listed.
    fn excuse(&self, requirements: &BTreeMap<String, Verdict>) -> Option<Expectation> {
        let mut reasons: Vec<&str> = Vec::new();
        for (id, verdict) in requirements.iter().filter(|(_, verdict)| verdict.is_against()) {
            let entry = self.for_requirement(id).filter(|entry| *verdict <= Verdict::from(entry.verdict))?;
            if !reasons.contains(&entry.reason.as_str()) {
                reasons.push(&entry.reason);
            }
        }
        (!reasons.is_empty()).then(|| Expectation::Expected { reason: reasons.join("; ") })
    }

    fn for_requirement(&self, id: &str) -> Option<&Expected> {
        self.of.iter().copied().find(|entry| matches!(&entry.of, Deviant::Requirement(row) if row.0 == id))
    }
}

/// What one entry says about one verdict. Worse than expected is not expected; better is stale; a question that
/// stayed open says nothing about the entry.
fn judge(entry: &Expected, verdict: Verdict) -> Option<Expectation> {
    let expected = Verdict::from(entry.verdict);
    let reason = entry.reason.clone();
    match verdict {
        Verdict::Pass => Some(Expectation::Stale { reason }),
        Verdict::Note if expected > Verdict::Note => Some(Expectation::Stale { reason }),
        Verdict::Note | Verdict::Warn | Verdict::Fail if verdict <= expected => Some(Expectation::Expected { reason }),
        Verdict::Blocked if expected == Verdict::Blocked => Some(Expectation::Expected { reason }),
        _ => None,
    }
}
