//! The files of a case as they are written, before any name in them is looked up.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_spanned::Spanned;
use stsproof_judge::check::Check;

use crate::case::hostile::{Hazard, Label, Severity, Sign};
use crate::case::model::{AnswerKind, Axis, Credential, Http};
use crate::change::{RawOctetOperator, RawOperator};
use crate::nearest::nearest;
use crate::problem::{Problem, Text};

/// A case file. What is required is optional here, so that its absence can be said better than a parser says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawCase {
    pub(crate) title: Option<Spanned<String>>,
    pub(crate) covers: Option<Spanned<Vec<Spanned<String>>>>,
    pub(crate) needs: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(crate) unless: Vec<Spanned<String>>,
    pub(crate) vary: Option<BTreeMap<Axis, Spanned<Vec<Spanned<String>>>>>,
    pub(crate) why: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) was: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) step: Vec<Spanned<RawStep>>,

    // The only step, where there are no `[[step]]` tables.
    pub(crate) from: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) change: Vec<Spanned<RawOperator>>,
    #[serde(default)]
    pub(crate) tamper: Vec<Spanned<RawOperator>>,
    pub(crate) credential: Option<Spanned<Credential>>,
    pub(crate) http: Option<Spanned<Http>>,
    pub(crate) sign: Option<Spanned<Sign>>,
    #[serde(default)]
    pub(crate) encode: Vec<Spanned<RawOctetOperator>>,
    pub(crate) expect: Option<RawExpect>,

    // What makes it a hostile class.
    pub(crate) hostile: Option<Spanned<RawHostile>>,
    #[serde(default)]
    pub(crate) form: Vec<Spanned<RawForm>>,
}

/// A `[hostile]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawHostile {
    pub(crate) verdict: Label,
    pub(crate) severity: Severity,
    #[serde(default)]
    pub(crate) hazard: Hazard,
    #[serde(default)]
    pub(crate) oracles: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) faults: Vec<Spanned<String>>,
    pub(crate) bound: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) close: bool,
    pub(crate) subject: Option<String>,
    #[serde(default)]
    pub(crate) forbid: Vec<String>,
    pub(crate) mutant: Option<Spanned<String>>,
    pub(crate) unmutated: Option<String>,
}

/// A `[[form]]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawForm {
    pub(crate) name: Option<String>,
    /// The form is repeated for every combination of the values, `{{each.TABLE}}` standing for them.
    #[serde(default)]
    pub(crate) each: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) verdict: Option<Label>,
    #[serde(default)]
    pub(crate) faults: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) change: Vec<Spanned<RawOperator>>,
    #[serde(default)]
    pub(crate) tamper: Vec<Spanned<RawOperator>>,
    #[serde(default)]
    pub(crate) encode: Vec<Spanned<RawOctetOperator>>,
    pub(crate) sign: Option<Spanned<Sign>>,
    pub(crate) again: Option<Spanned<String>>,
    pub(crate) credential: Option<Spanned<Credential>>,
    pub(crate) http: Option<Spanned<Http>>,
}

/// A `[[step]]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawStep {
    pub(crate) name: Option<String>,
    pub(crate) body: Option<Spanned<String>>,
    pub(crate) from: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) change: Vec<Spanned<RawOperator>>,
    #[serde(default)]
    pub(crate) tamper: Vec<Spanned<RawOperator>>,
    pub(crate) credential: Option<Spanned<Credential>>,
    pub(crate) http: Option<Spanned<Http>>,
    pub(crate) sign: Option<Spanned<Sign>>,
    #[serde(default)]
    pub(crate) encode: Vec<Spanned<RawOctetOperator>>,
    pub(crate) again: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, Spanned<String>>,
    pub(crate) expect: Option<RawExpect>,
}

/// An `[expect]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawExpect {
    pub(crate) answer: Spanned<AnswerKind>,
    pub(crate) allowed: Option<AnswerKind>,
    #[serde(default)]
    pub(crate) code: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) check: Vec<Spanned<Check>>,
}

impl RawExpect {
    /// What a request without a defect gets.
    pub(crate) fn issued() -> Self {
        Self { answer: Spanned::new(0..0, AnswerKind::Issued), allowed: None, code: Vec::new(), check: Vec::new() }
    }
}

/// What the TOML parser, or serde on its shoulders, has to say, with the nearest known key.
pub(crate) fn syntax(file: &Arc<Text>, error: &toml::de::Error) -> Problem {
    syntax_of(file, error.message(), error.span())
}

/// The same from the words of the parser and their place, if it has one.
pub(crate) fn syntax_of(file: &Arc<Text>, message: &str, span: Option<std::ops::Range<usize>>) -> Problem {
    let message = message.trim_end();
    let (head, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    // A text that may not be shown has no places.
    let at = span.filter(|span| span.end <= file.text.len()).unwrap_or(0..0);
    let problem = Problem::at(file, at, head.replace("unknown field", "unknown key").replace("variant", "value"));
    if !head.starts_with("unknown ") || known.is_empty() {
        return if expected.is_empty() { problem } else { problem.help(format!("expected {expected}")) };
    }
    let wrong = head.split('`').nth(1).unwrap_or_default();
    let all = known.join(", ");
    match nearest(wrong, known.iter().copied()) {
        Some(name) => problem.label(format!("did you mean `{name}`?")).help(format!("known here: {all}")),
        None => problem.label("not known here").help(format!("known here: {all}")),
    }
}
