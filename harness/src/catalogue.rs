//! What the hostile classes share: sets of fault codes, oracles, and the classes that nothing brings in yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_spanned::Spanned;
use stsproof_judge::rule::Rule;

use crate::case::hostile::{Hazard, Label, Severity};
use crate::case::words::Words;
use crate::problem::{Problem, Text};

/// Where they stand below `cases/`; none of them is a case.
pub(crate) const FILES: [&str; 3] = ["hostile/faults.toml", "hostile/oracles.toml", "hostile/left.toml"];

/// The oracle that compares the answers of all forms of a class with each other.
pub const SAME_ANSWER: &str = "same-answer";

/// What the hostile classes share.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Fault codes by the name of their set, the preferred ones first.
    pub faults: BTreeMap<String, Vec<String>>,
    /// What holds for every answer to a hostile request.
    pub core: Vec<Rule>,
    /// What holds where a class names it.
    pub oracles: Vec<Rule>,
    /// Classes that nothing brings in.
    pub left: Vec<Left>,
}

/// A class that nothing brings in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Its name.
    pub id: String,
    /// The layer whose rule is broken.
    pub layer: String,
    /// What it means if a service fails it.
    pub severity: Severity,
    /// What it may do to a weak service.
    pub hazard: Hazard,
    /// What a sound service does.
    pub verdict: Label,
    /// In a sentence.
    pub title: String,
    /// Why nothing brings it in.
    pub left: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFaults {
    faults: BTreeMap<String, Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOracles {
    #[serde(default)]
    core: Vec<Spanned<Rule>>,
    #[serde(default)]
    oracle: Vec<Spanned<Rule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLeft {
    #[serde(default)]
    class: Vec<Left>,
}

impl Catalogue {
    /// Reads those of its files that there are; every mistake is added to `problems`.
    pub(crate) fn read(files: &[Option<Arc<Text>>; 3], words: &Words<'_>, problems: &mut Vec<Problem>) -> Self {
        let [faults, oracles, left] = files;
        let mut catalogue = Self::default();
        if let Some(file) = faults
            && let Some(raw) = parse::<RawFaults>(file, problems)
        {
            for (name, codes) in raw.faults {
                let wrong = codes.get_ref().iter().filter_map(|code| words.prefixed_name(code).err());
                problems.extend(wrong.map(|wrong| wrong.at(file, codes.span())));
                catalogue.faults.insert(name, codes.into_inner());
            }
        }
        if let Some(file) = oracles
            && let Some(raw) = parse::<RawOracles>(file, problems)
        {
            for rule in raw.core.iter().chain(&raw.oracle) {
                let mistakes = words.rule(rule.get_ref());
                problems.extend(mistakes.into_iter().map(|(wrong, at)| wrong.within(file, rule.span(), &at)));
            }
            catalogue.core = raw.core.into_iter().map(Spanned::into_inner).collect();
            catalogue.oracles = raw.oracle.into_iter().map(Spanned::into_inner).collect();
        }
        if let Some(file) = left
            && let Some(raw) = parse::<RawLeft>(file, problems)
        {
            catalogue.left = raw.class;
        }
        catalogue
    }

    /// The oracle of that name.
    pub fn oracle(&self, name: &str) -> Option<&Rule> {
        self.oracles.iter().find(|oracle| oracle.id == name)
    }

    /// Every name that `oracles` of a class can use.
    pub(crate) fn oracle_names(&self) -> BTreeSet<&str> {
        self.oracles.iter().map(|oracle| oracle.id.as_str()).chain([SAME_ANSWER]).collect()
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &Arc<Text>, problems: &mut Vec<Problem>) -> Option<T> {
    toml::from_str(&file.text).map_err(|error| problems.push(crate::case::raw::syntax(file, &error))).ok()
}
