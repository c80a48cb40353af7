//! From what the files say to a case: every name looked up, everything inherited filled in.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde_spanned::Spanned;

use super::forms::Class;
use super::hostile::REPAIRED;
use super::model::{Axis, Capability, Case, CaseId, RequirementId};
use super::raw::{RawCase, RawExpect, RawStep};
use super::words::Words;
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};

/// Turns raw cases into checked ones, each once, bases before what is derived from them.
pub(super) struct Builder<'a> {
    pub(super) words: &'a Words<'a>,
    raws: &'a BTreeMap<String, (Arc<Text>, RawCase)>,
    pub(super) bodies: &'a BTreeMap<String, &'a [u8]>,
    unread: &'a BTreeSet<String>,
    built: BTreeMap<String, Option<Case>>,
    trail: Vec<String>,
    pub(super) used: BTreeSet<String>,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        words: &'a Words<'a>,
        raws: &'a BTreeMap<String, (Arc<Text>, RawCase)>,
        bodies: &'a BTreeMap<String, &'a [u8]>,
        unread: &'a BTreeSet<String>,
    ) -> Self {
        Self {
            words,
            raws,
            bodies,
            unread,
            built: BTreeMap::new(),
            trail: Vec::new(),
            used: BTreeSet::new(),
            problems: RefCell::default(),
        }
    }

    /// The case of that id, unless it has mistakes.
    pub(super) fn case(&mut self, id: &str) -> Option<Case> {
        if let Some(built) = self.built.get(id) {
            return built.clone();
        }
        let (file, raw) = self.raws.get(id)?;
        self.trail.push(id.to_owned());
        let case = self.build(id, file, raw);
        self.trail.pop();
        self.built.insert(id.to_owned(), case.clone());
        case
    }

    /// Hands over the mistakes, and says which bodies a case used.
    pub(super) fn finish(self, problems: &mut Vec<Problem>) -> BTreeSet<String> {
        problems.extend(self.problems.into_inner());
        self.used
    }

    /// The case that `from` names.
    pub(super) fn base(&mut self, file: &Arc<Text>, from: &Spanned<String>) -> Option<Case> {
        let name = from.get_ref();
        if self.trail.contains(name) {
            let round = self.trail.join("` from `");
            let problem = Problem::at(file, from.span(), "a case cannot be derived from itself");
            self.report(problem.label("leads back here").help(format!("`{round}` from `{name}`: break the circle")));
            return None;
        }
        if !self.raws.contains_key(name) {
            // A base that could not be read has had its own message.
            if !self.unread.contains(name) {
                let remedy = did_you_mean(name, self.raws.keys().map(String::as_str), "`from` takes the id of a case");
                self.report(Problem::at(file, from.span(), format!("there is no case `{name}`")).help(remedy));
            }
            return None;
        }
        self.case(name)
    }

    pub(super) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    fn build(&mut self, id: &str, file: &Arc<Text>, raw: &RawCase) -> Option<Case> {
        let before = self.problems.borrow().len();
        let base = match &raw.from {
            Some(from) => Some(self.base(file, from)?),
            None => None,
        };
        let title = self.sentence(file, raw.title.as_ref(), "title", "a sentence that states the rule");
        let why = self.sentence(file, raw.why.as_ref(), "why", "what breaks for whom when the rule is broken");
        let is_hostile = raw.hostile.is_some();
        if let (None, Some(form)) = (&raw.hostile, raw.form.first()) {
            let problem = Problem::at(file, form.span(), "a form stands where there is no `[hostile]`");
            self.report(problem.help("add `[hostile]` with `verdict` and `severity`, or delete the form"));
        }
        let covers = self.covers(file, raw);
        let needs = match (&raw.needs, &base) {
            (Some(needs), _) => needs.iter().filter_map(|name| self.capability(file, name)).collect(),
            (None, base) => base.as_ref().map(|base| base.needs.clone()).unwrap_or_default(),
        };
        let vary = match (&raw.vary, &base) {
            (Some(vary), _) => self.vary(file, vary),
            // A class has forms to multiply; versions only where it is about them.
            (None, _) if is_hostile => BTreeMap::new(),
            (None, base) => base.as_ref().map(|base| base.vary.clone()).unwrap_or_default(),
        };
        let steps = if raw.step.is_empty() {
            let only = RawStep {
                name: None,
                body: None,
                from: None,
                change: raw.change.clone(),
                tamper: raw.tamper.clone(),
                credential: raw.credential.clone(),
                http: raw.http.clone(),
                sign: raw.sign.clone(),
                encode: raw.encode.clone(),
                again: None,
                keep: BTreeMap::new(),
                expect: Some(raw.expect.clone()).filter(|_| !is_hostile).unwrap_or_else(|| Some(RawExpect::issued())),
            };
            self.only_step(id, file, &only, base, &covers)?
        } else {
            self.beside_steps(file, raw);
            self.steps(id, file, &raw.step, &covers)?
        };
        let expect = raw.expect.as_ref();
        let class = Class { id, file, covers: &covers, expect, steps: &steps };
        let hostile = raw.hostile.as_ref().map(|hostile| self.hostile(&class, hostile, &raw.form));
        let mut vary = vary;
        if let Some(hostile) = &hostile {
            let repaired = hostile.forms.iter().any(|form| form.label.rejects()).then(|| REPAIRED.to_owned());
            let forms = hostile.forms.iter().map(|form| form.name.clone());
            vary.insert(Axis::Form, repaired.into_iter().chain(forms).collect());
        }
        let clean = self.problems.borrow().len() == before;
        clean.then(|| Case {
            hostile,
            id: CaseId(id.to_owned()),
            title,
            why,
            covers,
            needs,
            unless: raw.unless.iter().filter_map(|name| self.capability(file, name)).collect(),
            vary,
            steps,
            was: raw.was.iter().map(|id| CaseId(id.get_ref().clone())).collect(),
            file: Arc::clone(file),
        })
    }

    fn sentence(&self, file: &Arc<Text>, given: Option<&Spanned<String>>, key: &str, meaning: &str) -> String {
        match given {
            Some(text) if !text.get_ref().trim().is_empty() => text.get_ref().trim().to_owned(),
            Some(text) => {
                self.report(
                    Problem::at(file, text.span(), format!("`{key}` is empty")).help(format!("write {meaning}")),
                );
                String::new()
            }
            None => {
                let problem = Problem::at(file, top(file), format!("`{key}` is missing"));
                self.report(problem.label("this case").help(format!("add `{key} = \"…\"`: {meaning}")));
                String::new()
            }
        }
    }

    fn covers(&self, file: &Arc<Text>, raw: &RawCase) -> Vec<RequirementId> {
        let rows = raw.covers.as_ref().map_or(&[][..], |rows| rows.get_ref());
        if rows.is_empty() && raw.hostile.is_none() {
            let at = raw.covers.as_ref().map_or_else(|| top(file), Spanned::span);
            let problem = Problem::at(file, at, "the case covers no row of the register").label("this case");
            self.report(problem.help("add `covers = [\"…\"]`: the first row is what the case is about"));
        }
        rows.iter().filter_map(|row| self.row(file, row)).collect()
    }

    fn row(&self, file: &Arc<Text>, row: &Spanned<String>) -> Option<RequirementId> {
        self.words.requirement(row.get_ref()).map_err(|problem| self.report(problem.at(file, row.span()))).ok()
    }

    fn capability(&self, file: &Arc<Text>, name: &Spanned<String>) -> Option<Capability> {
        self.words.capability(name.get_ref()).map_err(|problem| self.report(problem.at(file, name.span()))).ok()
    }

    fn vary(
        &self,
        file: &Arc<Text>,
        vary: &BTreeMap<Axis, Spanned<Vec<Spanned<String>>>>,
    ) -> BTreeMap<Axis, Vec<String>> {
        for values in vary.values().filter(|values| values.get_ref().is_empty()) {
            let problem = Problem::at(file, values.span(), "an axis without values leaves nothing to send");
            self.report(problem.help("name its values, or leave the axis out: the case then takes its first value"));
        }
        let value = |axis: Axis, value: &Spanned<String>| {
            self.words.axis_value(axis, value.get_ref()).map_err(|wrong| self.report(wrong.at(file, value.span()))).ok()
        };
        vary.iter()
            .map(|(axis, values)| (*axis, values.get_ref().iter().filter_map(|text| value(*axis, text)).collect()))
            .collect()
    }

    /// What may not stand beside `[[step]]`, since it would be unclear which step it means.
    fn beside_steps(&self, file: &Arc<Text>, raw: &RawCase) {
        let keys: [(&str, Option<Range<usize>>); 6] = [
            ("from", raw.from.as_ref().map(Spanned::span)),
            ("change", raw.change.first().map(Spanned::span)),
            ("tamper", raw.tamper.first().map(Spanned::span)),
            ("credential", raw.credential.as_ref().map(Spanned::span)),
            ("sign", raw.sign.as_ref().map(Spanned::span)),
            ("expect", raw.expect.as_ref().filter(|_| raw.hostile.is_none()).map(|expect| expect.answer.span())),
        ];
        for (key, at) in keys {
            if let Some(at) = at {
                let problem = Problem::at(file, at, format!("`{key}` stands beside `[[step]]`"));
                self.report(problem.help("write it inside the step that it means"));
            }
        }
    }
}

/// The first line of a file that says something: where a mistake of the whole file is shown.
pub(super) fn top(file: &Text) -> Range<usize> {
    let mut start = 0;
    for line in file.text.split_inclusive('\n') {
        if !line.trim().is_empty() && !line.starts_with('#') {
            return start..start + line.trim_end().len();
        }
        start += line.len();
    }
    0..0
}
