//! Rules over all answers: how many they could be held against, and which broke them.

use stsproof_judge::check::{Outcome, Scene};

use super::answer::Read;
use super::tally::Tally;
use super::{Occurrence, RuleVerdict, Setting, Verdict};
use crate::case::model::Step;
use crate::plan::Planned;

/// More examples than this, of one check, say nothing new.
const OCCURRENCES: usize = 5;

/// All rules of a suite, and what came of them so far.
pub(super) struct Rules<'s> {
    setting: &'s Setting<'s>,
    counts: Vec<Count>,
}

#[derive(Default)]
struct Count {
    applied: usize,
    broken: usize,
    requirements: std::collections::BTreeMap<String, Verdict>,
    verdict: Option<Verdict>,
    occurrences: Vec<Occurrence>,
}

impl<'s> Rules<'s> {
    pub(super) fn new(setting: &'s Setting<'s>) -> Self {
        Self { setting, counts: setting.suite.rules.iter().map(|_| Count::default()).collect() }
    }

    /// Holds one answer against every rule that is about answers of its kind.
    pub(super) fn hold(&mut self, planned: &Planned<'_>, read: &Read<'_>, step: &Step, scene: &Scene<'_>) {
        let kind = read.answer.as_ref().map(|answer| answer.kind);
        let value = |axis: &str| planned.variant.value(axis);
        for (rule, count) in self.setting.suite.rules.iter().zip(&mut self.counts) {
            if !rule.applies(kind, value) {
                continue;
            }
            let findings = rule.evaluate(scene);
            if findings.iter().flatten().all(|finding| finding.outcome == Outcome::NotApplicable) {
                continue;
            }
            let mut tally = Tally::new(self.setting, &planned.variant);
            tally.checks(&step.name, || rule.covers.iter().map(String::as_str).collect(), findings);
            count.take(&planned.id(), tally);
        }
    }

    /// Adds what came of the cases behind these.
    pub(super) fn add(&mut self, later: Self) {
        self.counts.iter_mut().zip(later.counts).for_each(|(count, later)| count.add(later));
    }

    /// The verdicts on all rules.
    pub(super) fn finish(self) -> Vec<RuleVerdict> {
        let rules = self.setting.suite.rules.iter().zip(self.counts);
        rules
            .map(|(rule, count)| RuleVerdict {
                rule: rule.id.clone(),
                title: rule.title.clone(),
                why: rule.why.clone(),
                verdict: count.verdict.unwrap_or(Verdict::Inapplicable),
                expectation: None,
                applied: count.applied,
                broken: count.broken,
                requirements: count.requirements,
                occurrences: count.occurrences,
            })
            .collect()
    }
}

impl Count {
    fn take(&mut self, name: &str, tally: Tally<'_>) {
        let verdict = tally.verdict();
        self.applied += 1;
        self.broken += usize::from(tally.broke);
        self.verdict = self.verdict.max(Some(verdict));
        let (findings, requirements) = tally.into_parts();
        self.rows(requirements);
        self.examples(findings.into_iter().map(|finding| Occurrence { case: name.to_owned(), finding }));
    }

    fn add(&mut self, later: Self) {
        self.applied += later.applied;
        self.broken += later.broken;
        self.verdict = self.verdict.max(later.verdict);
        self.rows(later.requirements);
        self.examples(later.occurrences);
    }

    fn rows(&mut self, rows: impl IntoIterator<Item = (String, Verdict)>) {
        for (row, now) in rows {
            let said = self.requirements.entry(row).or_insert(now);
            *said = (*said).max(now);
        }
    }

    /// Each check of a rule keeps examples of its own: one that always breaks must not hide the others.
    fn examples(&mut self, more: impl IntoIterator<Item = Occurrence>) {
        for one in more {
            let of_check = self.occurrences.iter().filter(|seen| seen.finding.check == one.finding.check);
            if of_check.count() < OCCURRENCES {
                self.occurrences.push(one);
            }
        }
    }
}
