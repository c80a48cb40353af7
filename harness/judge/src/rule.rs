//! Rules: checks that every answer must satisfy, whatever was asked.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::check::{Check, Mistake, path_mistake};
use crate::finding::{Finding, Outcome};
use crate::path::Paths;
use crate::scene::Scene;
use crate::trust::Kind;

/// A file of rules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The rules, in order.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// Checks that every answer of some kind must satisfy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// The requirements that it tests; the first one is what it is about.
    #[serde(default)]
    pub covers: Vec<String>,
    /// A sentence that states the rule.
    pub title: String,
    /// What breaks for whom when it is broken.
    pub why: String,
    /// The answers that it looks at.
    #[serde(rename = "for")]
    pub subject: Subject,
    /// The variants in which it holds, by axis; an axis that is not named does not matter.
    #[serde(default, rename = "where")]
    pub variants: BTreeMap<String, Vec<String>>,
    /// A path that must be true in the answer, or the rule says nothing.
    pub when: Option<String>,
    /// A path that must be true in what was sent, or the rule says nothing.
    pub when_request: Option<String>,
    /// What must hold.
    #[serde(rename = "check")]
    pub checks: Vec<Check>,
}

/// The answers that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Answers with a token or a proof.
    Issued,
    /// Faults.
    Fault,
    /// Every SOAP answer.
    Any,
    /// Everything that came over HTTP, though it cannot be read.
    Http,
}

impl Rule {
    /// Whether it looks at answers of that kind, in that variant. The kind is `None` where the answer is no SOAP.
    pub fn applies<'v>(&self, kind: Option<Kind>, value_of: impl Fn(&str) -> Option<&'v str>) -> bool {
        let subject = match self.subject {
            Subject::Issued => kind == Some(Kind::Issued),
            Subject::Fault => kind == Some(Kind::Fault),
            Subject::Any => kind.is_some(),
            Subject::Http => true,
        };
        subject
            && self
                .variants
                .iter()
                .all(|(axis, values)| value_of(axis).is_some_and(|value| values.iter().any(|wanted| wanted == value)))
    }

    /// What each of its checks found, in their order; nothing at all where its own conditions are false. A condition
    /// that cannot be evaluated speaks in the place of the first check.
    pub fn evaluate(&self, scene: &Scene<'_>) -> Vec<Vec<Finding>> {
        self.evaluate_only(scene, |_| true)
    }

    /// The same for some of its checks.
    pub fn evaluate_only(&self, scene: &Scene<'_>, wanted: impl Fn(&Check) -> bool) -> Vec<Vec<Finding>> {
        for (path, tree) in [(&self.when, scene.answer.ok()), (&self.when_request, scene.request)] {
            let Some(path) = path else { continue };
            let Some(tree) = tree else { return Vec::new() };
            let value = scene.fill(path).map_err(|name| format!("`{{{{{name}}}}}` has no value in this exchange"));
            match value.and_then(|path| scene.paths.value(tree, &path).map_err(|error| error.to_string())) {
                Ok(value) if value.truth() => {}
                Ok(_) => return Vec::new(),
                Err(message) => return vec![vec![unusable(message)]],
            }
        }
        self.checks.iter().filter(|check| wanted(check)).map(|check| check.evaluate(scene)).collect()
    }

    /// What can never work in it: for the linter.
    pub fn validate(&self, paths: &Paths) -> Vec<Mistake> {
        let conditions = [("when", &self.when), ("when-request", &self.when_request)];
        let conditions = conditions.into_iter().filter_map(|(key, path)| path_mistake(paths, key, path.as_ref()?));
        let mut mistakes: Vec<Mistake> = conditions.collect();
        mistakes.extend(self.checks.iter().flat_map(|check| check.validate(paths)));
        if self.checks.is_empty() {
            let because = "a rule has at least one check".to_owned();
            mistakes.push(Mistake { key: "check", text: self.id.clone(), because });
        }
        mistakes
    }
}

fn unusable(message: String) -> Finding {
    Finding {
        outcome: Outcome::Unusable,
        message,
        expected: None,
        found: None,
        document: crate::finding::Document::Answer,
        place: None,
        end: None,
        excerpt: None,
        clause: None,
    }
}
