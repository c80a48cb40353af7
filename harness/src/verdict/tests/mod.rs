//! Verdicts by hand: what each tier of an answer, each entry of a baseline and each mixture of verdicts comes to.

mod answer;
mod baseline;
mod hostile;
mod rollup;
mod spoken;

use std::sync::LazyLock;

use super::{CaseVerdict, Evidence, RuleVerdict, Verdict};
use crate::source::Source;
use crate::suite::Suite;

static SUITE: LazyLock<Suite> = LazyLock::new(|| Suite::load(&Source::Embedded).expect("the suite is in order"));

/// Two rows of the register.
const ROW: &str = "wst.rstr.context-echo";
const OTHER: &str = "wst.rst.requesttype-required";

/// A case that says the same of these rows.
fn case(id: &str, verdict: Verdict, rows: &[&str]) -> CaseVerdict {
    CaseVerdict {
        name: format!("{id}@soap=1.2"),
        case: id.to_owned(),
        variant: "soap=1.2".to_owned(),
        axes: [].into(),
        title: String::new(),
        why: String::new(),
        verdict,
        expectation: None,
        findings: Vec::new(),
        requirements: rows.iter().map(|row| ((*row).to_owned(), verdict)).collect(),
        evidence: Evidence::default(),
        again: None,
    }
}

/// A rule that says this of a row.
fn rule(verdict: Verdict, row: &str) -> RuleVerdict {
    RuleVerdict {
        rule: "a-rule".to_owned(),
        title: String::new(),
        why: String::new(),
        verdict,
        expectation: None,
        applied: 1,
        broken: usize::from(verdict.is_against()),
        requirements: [(row.to_owned(), verdict)].into(),
        occurrences: Vec::new(),
    }
}
