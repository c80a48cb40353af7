//! What a target may or may not offer: the closed list that cases need from and profiles claim from.

use std::sync::Arc;

use serde::Deserialize;

use crate::case::model::Capability;
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};

/// What `capabilities.toml` says.
#[derive(Debug, Clone, Default)]
pub struct Capabilities(pub Vec<Known>);

/// One capability.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its name.
    pub name: Capability,
    /// What it means, in a sentence.
    pub about: String,
    /// Whether a run without a profile claims it.
    #[serde(default)]
    pub assumed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    capability: Vec<Known>,
}

impl Capabilities {
    /// Reads the file; every mistake is added to `problems`.
    pub fn read(file: &Arc<Text>, problems: &mut Vec<Problem>) -> Self {
        match toml::from_str::<Raw>(&file.text) {
            Ok(raw) => Self(raw.capability),
            Err(error) => {
                problems.push(crate::case::raw::syntax(file, &error));
                Self::default()
            }
        }
    }

    /// Whether there is such a capability.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.name.0 == name)
    }

    /// What a run claims that is given a URL and nothing else.
    pub fn assumed(&self) -> Vec<Capability> {
        self.0.iter().filter(|known| known.assumed).map(|known| known.name.clone()).collect()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Capability> {
        self.0.iter().map(|known| known.name.clone()).collect()
    }

    /// The remedy for a name that is not in the list.
    pub(crate) fn remedy(&self, wrong: &str) -> String {
        let names = self.0.iter().map(|known| known.name.0.as_str());
        did_you_mean(wrong, names, "`capabilities.toml` lists all of them")
    }
}
