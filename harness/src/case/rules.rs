//! The files of rules: checks that apply to every answer, whatever was asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_spanned::Spanned;
use stsproof_judge::rule::Rule;

use super::load;
use super::model::Axis;
use super::raw;
use super::words::{Words, Wrong};
use crate::problem::{Problem, Text};
use crate::source::{File, Source};

/// A file of rules as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    #[serde(default)]
    rule: Vec<Spanned<Rule>>,
}

/// All rules that can be understood, in the order of the files; every mistake is added to `problems`.
pub(crate) fn read<'a>(
    source: &Source,
    files: impl Iterator<Item = &'a File>,
    words: &Words<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    let mut sound = Vec::new();
    for file in files {
        let Some(text) = load::text(source, file, problems) else { continue };
        match toml::from_str::<RawRules>(&text.text) {
            Ok(raw) => {
                for rule in raw.rule {
                    let before = problems.len();
                    check(&text, &rule, words, &mut rules, problems);
                    if problems.len() == before {
                        sound.push(rule.into_inner());
                    }
                }
            }
            Err(error) => problems.push(raw::syntax(&text, &error)),
        }
    }
    sound
}

fn check(
    file: &Arc<Text>,
    rule: &Spanned<Rule>,
    words: &Words<'_>,
    seen: &mut BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) {
    let (span, rule) = (rule.span(), rule.get_ref());
    let mut report = |wrong: Wrong, offending: &str| problems.push(wrong.within(file, span.clone(), offending));
    if let Some(other) = seen.insert(rule.id.clone(), file.name.clone()) {
        report(
            Wrong::new(format!("there is a rule `{}` already", rule.id), format!("rename one; see {other}")),
            &rule.id,
        );
    }
    if rule.covers.is_empty() {
        let remedy = "add `covers = [\"…\"]`: the first row is what the rule is about";
        report(Wrong::new(format!("rule `{}` covers no row of the register", rule.id), remedy), &rule.id);
    }
    for (key, text) in [("title", &rule.title), ("why", &rule.why)] {
        if text.trim().is_empty() {
            report(Wrong::new(format!("`{key}` is empty"), format!("say it in a sentence: rule `{}`", rule.id)), key);
        }
    }
    for id in &rule.covers {
        if let Err(wrong) = words.requirement(id) {
            report(wrong, id);
        }
    }
    for (axis, values) in &rule.variants {
        let Some(known) = Axis::ALL.into_iter().find(|known| known.key() == axis) else {
            let all: Vec<_> = Axis::ALL.into_iter().map(Axis::key).collect();
            report(Wrong::new(format!("there is no axis `{axis}`"), format!("known: {}", all.join(", "))), axis);
            continue;
        };
        for value in values {
            if let Err(wrong) = words.axis_value(known, value) {
                report(wrong, value);
            }
        }
    }
    for (wrong, offending) in words.rule(rule) {
        report(wrong, &offending);
    }
    if rule.checks.is_empty() {
        report(Wrong::new(format!("rule `{}` checks nothing", rule.id), "add `[[rule.check]]`"), &rule.id);
    }
}
