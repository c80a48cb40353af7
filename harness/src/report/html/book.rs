//! What the parts of the page look up in each other.

use std::collections::BTreeMap;

use super::Markup;
use crate::report::Evidence;
use crate::verdict::{CaseVerdict, Finding, RequirementVerdict, RuleVerdict, Run};

/// A run with its cross-references.
pub(super) struct Book<'r> {
    pub(super) run: &'r Run,
    /// The cases that are told at length, by name, with their number.
    told: BTreeMap<&'r str, usize>,
    rows: BTreeMap<&'r str, &'r RequirementVerdict>,
    /// What rules found in the answers of a case.
    by_rules: BTreeMap<&'r str, Vec<(&'r RuleVerdict, &'r Finding)>>,
}

impl<'r> Book<'r> {
    pub(super) fn of(run: &'r Run, evidence: Evidence) -> Self {
        let mut by_rules: BTreeMap<&str, Vec<(&RuleVerdict, &Finding)>> = BTreeMap::new();
        for rule in &run.rules {
            for seen in &rule.occurrences {
                by_rules.entry(&seen.case).or_default().push((rule, &seen.finding));
            }
        }
        // What was not sent has nothing to show: its reason stands with the deviations.
        let is_told = |case: &CaseVerdict| match evidence {
            _ if case.evidence.exchanges.is_empty() => false,
            Evidence::All => true,
            Evidence::Findings => {
                !case.findings.is_empty() || case.expectation.is_some() || by_rules.contains_key(case.name.as_str())
            }
        };
        let told = run.cases.iter().filter(|case| is_told(case)).map(|case| case.name.as_str()).zip(1..).collect();
        Self { run, told, rows: run.requirements.iter().map(|row| (row.id.as_str(), row)).collect(), by_rules }
    }

    /// The number of a case that is told at length.
    pub(super) fn number(&self, case: &str) -> Option<usize> {
        self.told.get(case).copied()
    }

    /// A row of the register, if the run reached it.
    pub(super) fn row(&self, id: &str) -> Option<&'r RequirementVerdict> {
        self.rows.get(id).copied()
    }

    /// What rules found in the answers of a case, as far as it was kept.
    pub(super) fn by_rules(&self, case: &str) -> &[(&'r RuleVerdict, &'r Finding)] {
        self.by_rules.get(case).map_or(&[], Vec::as_slice)
    }

    /// The name of a case, with a link where there is more about it.
    pub(super) fn case(&self, name: &str) -> Markup {
        match self.number(name) {
            Some(number) => Markup::of("<a href=\"#c{}\"><code>{}</code></a>", &[&number, &name]),
            None => Markup::of("<code>{}</code>", &[&name]),
        }
    }

    /// A requirement by its id, with a link where the run reached it.
    pub(super) fn requirement(&self, id: &str) -> Markup {
        if self.rows.contains_key(id) {
            Markup::of("<a href=\"#{}\"><code>{}</code></a>", &[&id, &id])
        } else {
            Markup::of("<code>{}</code>", &[&id])
        }
    }

    /// Where a verdict comes from: a case, or `rule` and its id.
    pub(super) fn source(&self, name: &str) -> Markup {
        match name.strip_prefix("rule ") {
            Some(rule) => Markup::of("<a href=\"#rule-{}\">rule <code>{}</code></a>", &[&rule, &rule]),
            None => self.case(name),
        }
    }
}
