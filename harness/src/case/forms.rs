//! The forms of a hostile class: its steps once more, each time with one defect in the last of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_spanned::Spanned;

use super::build::Builder;
use super::hostile::{Catches, Form, Hostile, Label, REPAIRED};
use super::model::{Expect, RequirementId, Step};
use super::raw::{RawExpect, RawForm, RawHostile, RawStep};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};

/// How long an answer may take where a class does not say.
const BOUND: Duration = Duration::from_secs(10);

/// What stands in a table of `each`, by its name: the value, and the word for it in the form's name.
type Chosen<'r> = BTreeMap<&'r str, (&'r str, &'r str)>;

/// A class as far as it is known before its forms are built.
pub(super) struct Class<'a> {
    pub(super) id: &'a str,
    pub(super) file: &'a Arc<Text>,
    pub(super) covers: &'a [RequirementId],
    pub(super) expect: Option<&'a RawExpect>,
    pub(super) steps: &'a [Step],
}

impl Builder<'_> {
    /// The class, its forms built from the steps that have no defect.
    pub(super) fn hostile(
        &mut self,
        class: &Class<'_>,
        raw: &Spanned<RawHostile>,
        forms: &[Spanned<RawForm>],
    ) -> Hostile {
        let (file, table) = (class.file, raw.get_ref());
        let code = self.fault_codes(class, &table.faults);
        if forms.is_empty() {
            let problem = Problem::at(file, raw.span(), "a hostile class without a form sends nothing");
            self.report(problem.help("add `[[form]]`: a name, and the operators that make the defect"));
        }
        for name in &table.oracles {
            let known = self.words.catalogue.oracle_names();
            if !known.contains(name.get_ref().as_str()) {
                let remedy = did_you_mean(name.get_ref(), known, "`hostile/oracles.toml` has them");
                self.report(
                    Problem::at(file, name.span(), format!("there is no oracle `{}`", name.get_ref())).help(remedy),
                );
            }
        }
        Hostile {
            label: table.verdict,
            severity: table.severity,
            hazard: table.hazard,
            oracles: table.oracles.iter().map(|name| name.get_ref().clone()).collect(),
            bound: self.bound(file, table.bound.as_ref()),
            close: table.close,
            subject: table.subject.clone(),
            forbid: table.forbid.clone(),
            catches: self.catches(file, raw),
            forms: self.forms(class, table.verdict, &code, forms),
        }
    }

    fn catches(&self, file: &Arc<Text>, raw: &Spanned<RawHostile>) -> Catches {
        match (&raw.get_ref().mutant, &raw.get_ref().unmutated) {
            (Some(mutant), None) => {
                let known: Vec<&str> = mock_sts::wrong::catalogue().iter().map(|wrong| wrong.name).collect();
                // Some defects only show where two checks are missing.
                for name in mutant.get_ref().split(',').filter(|name| !known.contains(name)) {
                    let remedy = did_you_mean(name, known.iter().copied(), "`mock-sts wrong` lists them");
                    let message = format!("the mock has no misbehaviour `{name}`");
                    self.report(Problem::at(file, mutant.span(), message).help(remedy));
                }
                Catches::Mutant(mutant.get_ref().clone())
            }
            (None, Some(reason)) => Catches::None(reason.clone()),
            _ => {
                let message = "a class names either the misbehaviour of the mock that it catches, or why there is none";
                self.report(
                    Problem::at(file, raw.span(), message).help("add `mutant = \"…\"`, or `unmutated = \"…\"`"),
                );
                Catches::None(String::new())
            }
        }
    }

    fn bound(&self, file: &Arc<Text>, raw: Option<&Spanned<String>>) -> Duration {
        let Some(text) = raw else { return BOUND };
        let seconds = text.get_ref().strip_suffix('s').and_then(|number| number.parse().ok());
        if seconds.is_none() {
            self.report(Problem::at(file, text.span(), "a bound is a number of seconds").help("write it as `10s`"));
        }
        seconds.map_or(BOUND, Duration::from_secs)
    }

    /// The codes of sets of faults, in their order.
    fn fault_codes(&self, class: &Class<'_>, sets: &[Spanned<String>]) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for set in sets {
            let faults = &self.words.catalogue.faults;
            if let Some(more) = faults.get(set.get_ref()) {
                let more: Vec<String> = more.iter().filter(|code| !codes.contains(code)).cloned().collect();
                codes.extend(more);
                continue;
            }
            let remedy =
                did_you_mean(set.get_ref(), faults.keys().map(String::as_str), "`hostile/faults.toml` has them");
            let message = format!("there is no set of faults `{}`", set.get_ref());
            self.report(Problem::at(class.file, set.span(), message).help(remedy));
        }
        codes
    }

    fn forms(&mut self, class: &Class<'_>, label: Label, code: &[String], raws: &[Spanned<RawForm>]) -> Vec<Form> {
        let mut forms: Vec<Form> = Vec::new();
        for spanned in raws {
            let raw = spanned.get_ref();
            for chosen in choices(raw) {
                let mut name: Vec<&str> = raw.name.iter().map(String::as_str).collect();
                name.extend(chosen.values().map(|(word, _)| *word));
                let name = name.join("-");
                let taken = forms.iter().any(|form| form.name == name) || name == REPAIRED;
                let fit = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
                if name.is_empty() || taken || !fit {
                    let message = format!("`{name}` is no name for a form");
                    let help = "letters, digits, hyphens and dots, no two alike in a class, and not `repaired`";
                    self.report(Problem::at(class.file, spanned.span(), message).help(help));
                }
                let label = raw.verdict.unwrap_or(label);
                if let Some(steps) = self.form(class, raw, &chosen, label, code) {
                    forms.push(Form { name, label, steps });
                }
            }
        }
        forms
    }

    fn form(
        &mut self,
        class: &Class<'_>,
        raw: &RawForm,
        chosen: &Chosen<'_>,
        label: Label,
        code: &[String],
    ) -> Option<Vec<Step>> {
        let (last, before) = class.steps.split_last()?;
        let step = filled(raw, chosen);
        let code = if raw.faults.is_empty() { code.to_vec() } else { self.fault_codes(class, &raw.faults) };
        let mut step = self.defect(class, before, &step, last.clone())?;
        let mut checks = Vec::new();
        if let Some(expect) = class.expect {
            checks = expect.check.iter().map(|check| check.get_ref().clone()).collect();
        }
        step.expect = Expect { answer: label.answer(), allowed: None, code, checks };
        Some(before.iter().cloned().chain([step]).collect())
    }
}

/// Every combination of one value from each table of `each`.
fn choices(raw: &RawForm) -> Vec<Chosen<'_>> {
    let mut choices = vec![Chosen::new()];
    for (table, values) in &raw.each {
        choices = choices
            .iter()
            .flat_map(|chosen| {
                values.iter().map(move |(word, value)| {
                    let mut more = chosen.clone();
                    more.insert(table, (word.as_str(), value.as_str()));
                    more
                })
            })
            .collect();
    }
    choices
}

/// The tables of a form with the chosen values in their places.
fn filled(raw: &RawForm, chosen: &Chosen<'_>) -> RawStep {
    let fill = |text: &str| {
        chosen
            .iter()
            .fold(text.to_owned(), |text, (name, (_, value))| text.replace(&format!("{{{{each.{name}}}}}"), value))
    };
    let mut step = RawStep {
        change: raw.change.iter().map(|one| Spanned::new(one.span(), one.get_ref().clone().map_text(fill))).collect(),
        tamper: raw.tamper.iter().map(|one| Spanned::new(one.span(), one.get_ref().clone().map_text(fill))).collect(),
        encode: raw.encode.iter().map(|one| Spanned::new(one.span(), one.get_ref().clone().map_text(fill))).collect(),
        sign: raw.sign.clone(),
        again: raw.again.clone(),
        credential: raw.credential.clone(),
        http: raw.http.clone(),
        ..RawStep::default()
    };
    if let Some(http) = &mut step.http {
        let mut own = http.get_ref().clone();
        own.headers
            .values_mut()
            .chain(&mut own.also)
            .chain(&mut own.path)
            .chain(&mut own.method)
            .for_each(|text| *text = fill(text));
        *http = Spanned::new(http.span(), own);
    }
    if let Some(sign) = &mut step.sign {
        let mut own = sign.get_ref().clone();
        own.key_info = own.key_info.as_deref().map(fill);
        own.change = own.change.iter().map(|operator| operator.map_text(fill)).collect();
        *sign = Spanned::new(sign.span(), own);
    }
    step
}
