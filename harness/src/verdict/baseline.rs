//! Lays what the profile expects over what happened. An expected deviation still shows; one that has gone is stale.

use std::collections::BTreeMap;

use super::{CaseVerdict, Deviation, DeviationState, Expectation, RequirementVerdict, RuleVerdict, Setting, Verdict};
use crate::case::model::{Case, CaseId, RequirementId, Variant};
use crate::plan::{self, Planned};
use crate::profile::{Deviant, Expected};
use crate::suite::Suite;

/// Marks every verdict that an entry of the profile speaks about, and says what became of each entry.
///
/// An entry whose time was up when the run began excuses nothing.
pub(super) fn lay_over(
    setting: &Setting<'_>,
    planned: &[Planned<'_>],
    cases: &mut [CaseVerdict],
    rules: &mut [RuleVerdict],
    requirements: &mut [RequirementVerdict],
) -> Vec<Deviation> {
    let asked = Asked { suite: setting.suite, planned, cases, requirements };
    let states: Vec<_> = setting.expected.iter().map(|entry| asked.state(entry, &setting.started)).collect();
    let living = setting.expected.iter().zip(states.iter().copied());
    let entries = Entries { of: living.filter(|(_, state)| *state != DeviationState::Over).collect() };
    for (case, planned) in cases.iter_mut().zip(planned) {
        case.expectation = entries.of_case(case, &planned.case.id, &planned.variant);
    }
    for rule in rules.iter_mut().filter(|rule| rule.verdict.is_against()) {
        rule.expectation = entries.excuse(&rule.requirements);
    }
    for row in requirements.iter_mut() {
        row.expectation = entries.of_requirement(row, cases);
    }
    let deviation = |(entry, state): (&Expected, DeviationState)| Deviation {
        of: entry.of.to_string(),
        verdict: Verdict::from(entry.verdict),
        reason: entry.reason.clone(),
        evidence: entry.evidence.as_ref().map(|file| file.display().to_string()),
        state,
    };
    setting.expected.iter().zip(states).map(deviation).collect()
}

/// How one verdict stands to the one that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The deviation is there.
    Seen,
    /// It is not there any more.
    Gone,
    /// It is there, and worse than expected.
    Worse,
    /// Nobody can say.
    Unknown,
}

fn fate(expected: Verdict, verdict: Verdict) -> Fate {
    match verdict {
        Verdict::Pass => Fate::Gone,
        Verdict::Note if expected > Verdict::Note => Fate::Gone,
        Verdict::Blocked if expected == Verdict::Blocked => Fate::Seen,
        Verdict::Inapplicable | Verdict::Blocked | Verdict::Error => Fate::Unknown,
        // That a target could not be looked at excuses nothing that is seen all the same.
        Verdict::Note | Verdict::Warn | Verdict::Fail if verdict <= expected && expected != Verdict::Blocked => {
            Fate::Seen
        }
        Verdict::Note | Verdict::Warn | Verdict::Fail => Fate::Worse,
    }
}

/// What was asked, and what came of it.
struct Asked<'a> {
    suite: &'a Suite,
    planned: &'a [Planned<'a>],
    cases: &'a [CaseVerdict],
    requirements: &'a [RequirementVerdict],
}

impl Asked<'_> {
    /// What became of an entry. It is stale only if all that it speaks of was asked, and none of it deviates.
    fn state(&self, entry: &Expected, started: &str) -> DeviationState {
        if is_over(entry, started) {
            return DeviationState::Over;
        }
        let (verdicts, whole): (Vec<Verdict>, bool) = match &entry.of {
            Deviant::Case(id, part) => self.of_case(id, part),
            Deviant::Requirement(id) => {
                let row = self.requirements.iter().filter(|row| row.id == id.0);
                (row.map(|row| row.verdict).collect(), self.all_about(id))
            }
        };
        let expected = Verdict::from(entry.verdict);
        let fates: Vec<Fate> =
            verdicts.into_iter().filter(|of| *of != Verdict::Inapplicable).map(|of| fate(expected, of)).collect();
        if fates.contains(&Fate::Worse) {
            DeviationState::Worse
        } else if fates.contains(&Fate::Seen) {
            DeviationState::Seen
        } else if whole && !fates.is_empty() && fates.iter().all(|fate| *fate == Fate::Gone) {
            DeviationState::Stale
        } else {
            DeviationState::Open
        }
    }

    /// The verdicts on the variants that are meant, and whether all of those were asked.
    fn of_case(&self, id: &CaseId, part: &Variant) -> (Vec<Verdict>, bool) {
        let verdicts: Vec<Verdict> = self
            .planned
            .iter()
            .zip(self.cases)
            .filter(|(planned, _)| planned.case.id == *id && has(&planned.variant, part))
            .map(|(_, case)| case.verdict)
            .collect();
        let variants = self.suite.case(&id.0).map(|case| plan::variants(case, &self.suite.vocabulary));
        let meant = variants.into_iter().flatten().filter(|variant| has(variant, part)).count();
        let whole = meant == verdicts.len();
        (verdicts, whole)
    }

    /// Whether everything was asked that can say something about a requirement. A rule is about every answer.
    fn all_about(&self, row: &RequirementId) -> bool {
        let by_a_rule = self.suite.rules.iter().any(|rule| rule.covers.contains(&row.0));
        // Hostile classes are sent on demand, and no rule is held against their answers.
        let about = |case: &Case| case.hostile.is_none() && (by_a_rule || case.covers.contains(row));
        let variants = self.suite.cases.iter().filter(|case| about(case));
        let all: usize = variants.map(|case| plan::variants(case, &self.suite.vocabulary).len()).sum();
        all == self.planned.iter().filter(|planned| about(planned.case)).count()
    }
}

fn is_over(entry: &Expected, started: &str) -> bool {
    // Both begin with an ISO date, and those sort as text.
    entry.until.is_some_and(|until| started.get(..10).is_some_and(|day| *day > *until.to_string()))
}

/// Whether a variant has these values.
fn has(variant: &Variant, part: &Variant) -> bool {
    part.0.iter().all(|(axis, value)| variant.0.get(axis) == Some(value))
}

/// The entries whose time is not up, with what became of each.
struct Entries<'a> {
    of: Vec<(&'a Expected, DeviationState)>,
}

impl Entries<'_> {
    fn of_case(&self, case: &CaseVerdict, id: &CaseId, variant: &Variant) -> Option<Expectation> {
        let about = self.of.iter().filter_map(|(entry, state)| match &entry.of {
            Deviant::Case(named, part) if named == id && has(variant, part) => Some((part.0.len(), *entry, *state)),
            Deviant::Case(..) | Deviant::Requirement(_) => None,
        });
        // The entry that says most about the variant is the one that means it; of several the first.
        let named = about.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let by_name = named.and_then(|(_, entry, state)| judge(entry, state, case.verdict));
        let excused = || {
            let deviates = case.verdict.is_against() || case.verdict == Verdict::Blocked;
            if deviates { self.excuse(&case.requirements) } else { None }
        };
        by_name.or_else(excused)
    }

    fn of_requirement(&self, row: &RequirementVerdict, cases: &[CaseVerdict]) -> Option<Expectation> {
        if let Some((entry, state)) = self.for_requirement(&row.id) {
            return judge(entry, state, row.verdict);
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

    /// Excused only when every requirement that speaks against the target, or stayed open, is listed.
    fn excuse(&self, requirements: &BTreeMap<String, Verdict>) -> Option<Expectation> {
        let mut reasons: Vec<&str> = Vec::new();
        for (id, verdict) in requirements.iter().filter(|(_, verdict)| verdict.is_against() || verdict.is_open()) {
            let (entry, _) = self.for_requirement(id)?;
            if fate(Verdict::from(entry.verdict), *verdict) != Fate::Seen {
                return None;
            }
            if !reasons.contains(&entry.reason.as_str()) {
                reasons.push(&entry.reason);
            }
        }
        (!reasons.is_empty()).then(|| Expectation::Expected { reason: reasons.join("; ") })
    }

    fn for_requirement(&self, id: &str) -> Option<(&Expected, DeviationState)> {
        self.of.iter().copied().find(|(entry, _)| matches!(&entry.of, Deviant::Requirement(row) if row.0 == id))
    }
}

/// What one entry says about one verdict.
fn judge(entry: &Expected, state: DeviationState, verdict: Verdict) -> Option<Expectation> {
    let reason = entry.reason.clone();
    match fate(Verdict::from(entry.verdict), verdict) {
        Fate::Seen => Some(Expectation::Expected { reason }),
        Fate::Gone if state == DeviationState::Stale => Some(Expectation::Stale { reason }),
        Fate::Gone | Fate::Worse | Fate::Unknown => None,
    }
}
