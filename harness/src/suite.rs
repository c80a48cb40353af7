//! Everything that the data says, read together and cross-checked.

use std::collections::BTreeSet;
use std::sync::Arc;

use stsproof_judge::rule::Rule;

use crate::answers::Answers;
use crate::capability::Capabilities;
use crate::case::model::{Case, CaseId, RequirementId};
use crate::case::words::Words;
use crate::case::{load, rules};
use crate::catalogue::{self, Catalogue};
use crate::error::Error;
use crate::problem::{Problem, Problems, Text};
use crate::requirement::Register;
use crate::source::{File, Source, digest};
use crate::vocabulary::Vocabulary;

/// Cases, rules, and what their names mean.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Cases, sorted by id.
    pub cases: Vec<Case>,
    /// What every answer must satisfy, whatever was asked.
    pub rules: Vec<Rule>,
    /// What the specifications say.
    pub register: Register,
    /// Prefixes, and the texts in which versions differ.
    pub vocabulary: Vocabulary,
    /// What targets may or may not offer.
    pub capabilities: Capabilities,
    /// What the hostile classes share.
    pub catalogue: Catalogue,
    /// What a target may answer to harm who asks it.
    pub answers: Answers,
    /// One name for the content of all files.
    pub digest: String,
    /// The list of ids that were once given out, where there is one.
    pub(crate) ids: Option<Arc<Text>>,
}

impl Suite {
    /// Reads everything; any mistake in any file refuses the whole, and all mistakes are told.
    pub fn load(source: &Source) -> Result<Self, Error> {
        let (suite, problems) = Self::read(source)?;
        Problems::none_of(problems)?;
        Ok(suite)
    }

    /// The same with more files beside those of the source, or in their place.
    pub fn load_with(source: &Source, more: Vec<File>) -> Result<Self, Error> {
        let mut files = source.files()?;
        files.retain(|file| more.iter().all(|other| other.path != file.path));
        files.extend(more);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let (suite, problems) = Self::of(source, &files);
        Problems::none_of(problems)?;
        Ok(suite)
    }

    /// Reads what can be read, and what is wrong with the rest.
    pub fn read(source: &Source) -> Result<(Self, Vec<Problem>), Error> {
        Ok(Self::of(source, &source.files()?))
    }

    fn of(source: &Source, files: &[File]) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let text = |path: &str, problems: &mut Vec<Problem>| one(source, files, path, problems);
        let vocabulary = text("vocabulary.toml", &mut problems)
            .map(|file| Vocabulary::read(&file, &mut problems))
            .unwrap_or_default();
        let capabilities = text("capabilities.toml", &mut problems)
            .map(|file| Capabilities::read(&file, &mut problems))
            .unwrap_or_default();
        let mut register = Register::default();
        for file in below(files, "requirements/") {
            if let Some(text) = load::text(source, file, &mut problems) {
                register.read(&text, &capabilities, &mut problems);
            }
        }
        let digest = digest(files);
        if !problems.is_empty() {
            // A row or a prefix that could not be read would look unknown in every case that uses it.
            let (cases, rules) = (Vec::new(), Vec::new());
            let (catalogue, answers) = (Catalogue::default(), Answers::default());
            let suite =
                Self { cases, rules, register, vocabulary, capabilities, catalogue, answers, digest, ids: None };
            return (suite, problems);
        }
        let mut words = Words::new(&vocabulary, &register, &capabilities);
        let shared = catalogue::FILES.map(|path| files.iter().find(|file| file.path == path));
        let shared = shared.map(|file| load::text(source, file?, &mut problems));
        words.catalogue = Catalogue::read(&shared, &words, &mut problems);
        let cases = load::cases(source, files, &words, &mut problems);
        let rules = rules::read(source, below(files, "rules/"), &words, &mut problems);
        let answers: Vec<File> = below(files, "answers/").cloned().collect();
        let answers = Answers::read(source, &answers, &words, &cases, &mut problems);
        let ids = files.iter().find(|file| file.path == "ids.txt");
        let ids = ids.and_then(|file| load::text(source, file, &mut problems));
        let catalogue = std::mem::take(&mut words.catalogue);
        (Self { cases, rules, register, vocabulary, capabilities, catalogue, answers, digest, ids }, problems)
    }

    /// The case of that id, or that once had it.
    pub fn case(&self, id: &str) -> Option<&Case> {
        let now = self.cases.iter().find(|case| case.id.0 == id);
        now.or_else(|| self.cases.iter().find(|case| case.was.iter().any(|was| was.0 == id)))
    }

    /// Every row that a case or a rule covers.
    pub fn covered(&self) -> BTreeSet<&RequirementId> {
        let by_rules = self.rules.iter().flat_map(|rule| &rule.covers);
        let by_rules = by_rules.filter_map(|id| self.register.get(&RequirementId(id.clone()))).map(|row| &row.id);
        self.cases.iter().flat_map(|case| &case.covers).chain(by_rules).collect()
    }

    /// The cases that cover a row, in the order of their ids.
    pub fn cases_for(&self, row: &RequirementId) -> Vec<&CaseId> {
        self.cases.iter().filter(|case| case.covers.contains(row)).map(|case| &case.id).collect()
    }

    /// The rules that cover a row.
    pub fn rules_for(&self, row: &RequirementId) -> Vec<&str> {
        self.rules.iter().filter(|rule| rule.covers.contains(&row.0)).map(|rule| rule.id.as_str()).collect()
    }

    pub(crate) fn words(&self) -> Words<'_> {
        Words::new(&self.vocabulary, &self.register, &self.capabilities)
    }
}

/// A file that there must be.
fn one(source: &Source, files: &[File], path: &str, problems: &mut Vec<Problem>) -> Option<Arc<Text>> {
    if let Some(file) = files.iter().find(|file| file.path == path) {
        return load::text(source, file, problems);
    }
    let remedy = "copy it from the folder that `stsproof export DIR` writes";
    problems.push(Problem::about(format!("{}: there is no such file", source.shown(path))).help(remedy));
    None
}

fn below<'a>(files: &'a [File], folder: &str) -> impl Iterator<Item = &'a File> {
    files.iter().filter(move |file| file.path.starts_with(folder) && file.path.strip_suffix(".toml").is_some())
}
