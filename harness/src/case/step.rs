//! One exchange of a case: its body, its changes, what is expected.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde_spanned::Spanned;

use super::build::{Builder, top};
use super::forms::Class;
use super::hostile::Sign;
use super::model::{AnswerKind, Body, Case, Credential, Expect, RequirementId, Step};
use super::placeholder;
use super::raw::{RawExpect, RawStep};
use super::words::Words;
use crate::change::{OctetOperator, Operator, RawOctetOperator, RawOperator};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};

/// What a step's names are looked up in, beside the suite's own.
struct Here<'a> {
    id: &'a str,
    file: &'a Arc<Text>,
    covers: &'a [RequirementId],
    /// Names that earlier steps kept.
    kept: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    /// The steps of a case that has no `[[step]]`: its own body, or those of its base with the last one changed.
    pub(super) fn only_step(
        &mut self,
        id: &str,
        file: &Arc<Text>,
        raw: &RawStep,
        base: Option<Case>,
        covers: &[RequirementId],
    ) -> Option<Vec<Step>> {
        let mut steps = base.map(|base| base.steps).unwrap_or_default();
        let last = steps.pop();
        let kept = steps.iter().flat_map(|step| step.keep.keys().cloned()).collect();
        let here = Here { id, file, covers, kept };
        let pair = self.pair(&here);
        let inherited = match (last, pair) {
            (Some(_), Some((path, _))) => {
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                self.report(
                    Problem::at(file, top(file), "the case has `from`, and a body of its own as well")
                        .help(format!("delete `{name}`, or `from`")),
                );
                return None;
            }
            (Some(step), None) => Step { name: stem(id).to_owned(), ..step },
            (None, Some((path, bytes))) => blank(stem(id), self.body(&here, &path, bytes)?),
            (None, None) => {
                let name = format!("{}.xml", stem(id));
                let problem = Problem::at(file, top(file), "the case has no body").label("this case");
                self.report(problem.help(format!("write `{name}` or a `.raw` beside it, or `from = \"…\"`")));
                return None;
            }
        };
        steps.push(self.step(&here, raw, inherited)?);
        Some(steps)
    }

    /// The steps of a case that has several.
    pub(super) fn steps(
        &mut self,
        id: &str,
        file: &Arc<Text>,
        raw: &[Spanned<RawStep>],
        covers: &[RequirementId],
    ) -> Option<Vec<Step>> {
        let mut here = Here { id, file, covers, kept: BTreeSet::new() };
        let mut steps: Vec<Step> = Vec::new();
        for (index, raw) in raw.iter().enumerate() {
            let at = raw.span();
            let raw = raw.get_ref();
            let start = self.start_of(&here, raw, at, index)?;
            let name = raw.name.clone().unwrap_or_else(|| unused_name(start.name.clone(), &steps));
            let step = self.step(&here, raw, Step { name, ..start })?;
            here.kept.extend(step.keep.keys().cloned());
            steps.push(step);
        }
        Some(steps)
    }

    /// Where a `[[step]]` takes its body from.
    fn start_of(&mut self, here: &Here<'_>, raw: &RawStep, at: Range<usize>, index: usize) -> Option<Step> {
        match (&raw.body, &raw.from) {
            (Some(body), None) => {
                let path = self.body_path(here, body)?;
                let bytes = self.bodies[&path];
                let name = stem(path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem)).to_owned();
                Some(blank(&name, self.body(here, &path, bytes)?))
            }
            (None, Some(from)) => {
                let mut base = self.base(here.file, from)?;
                if base.steps.len() == 1 {
                    return base.steps.pop();
                }
                let problem =
                    Problem::at(here.file, from.span(), "a step can only take the body of a case with one step");
                self.report(problem.help("name its body file with `body` instead"));
                None
            }
            (None, None) if index == 0 => {
                if let Some((path, bytes)) = self.pair(here) {
                    return Some(blank(stem(here.id), self.body(here, &path, bytes)?));
                }
                self.report(Problem::at(here.file, at, "the step has no body").help("add `body` or `from`"));
                None
            }
            _ => {
                let problem = Problem::at(here.file, at, "a step has either `body` or `from`");
                self.report(problem.help("`body` names a file beside the case, `from` another case"));
                None
            }
        }
    }

    fn step(&mut self, here: &Here<'_>, raw: &RawStep, start: Step) -> Option<Step> {
        let change = self.operators(here, &raw.change);
        let tamper = self.operators(here, &raw.tamper);
        if let (Body::Raw(_), Some(first)) = (&start.body, raw.change.first().or(raw.tamper.first())) {
            let problem =
                Problem::at(here.file, first.span(), "a `.raw` body is sent byte for byte, nothing can change it");
            self.report(problem.help("write the changed bytes into a `.raw` of their own"));
        }
        let encode = self.octet_operators(here, &raw.encode);
        let http = raw.http.as_ref().map_or(start.http, |http| http.get_ref().clone());
        for value in http.headers.values().chain(&http.path).chain(&http.also) {
            let range = raw.http.as_ref().map_or(0..0, Spanned::span);
            self.check_placeholders(here, value, range);
        }
        let sign = raw.sign.as_ref().map_or(start.sign, |sign| self.sign(here, sign));
        let mut keep = BTreeMap::new();
        for (name, path) in &raw.keep {
            if placeholder::is_known(name) {
                let problem = Problem::at(here.file, path.span(), format!("`{name}` is filled by every exchange"));
                self.report(problem.help("give the kept value a name of its own"));
            }
            self.check_path(here, path.get_ref(), path.span());
            keep.insert(name.clone(), path.get_ref().clone());
        }
        let Some(expect) = &raw.expect else {
            let problem = Problem::at(here.file, top(here.file), format!("step `{}` expects nothing", start.name));
            self.report(problem.label("this case").help("add `[expect]` with `answer = \"issued\"` or another kind"));
            return None;
        };
        Some(Step {
            name: start.name,
            body: start.body,
            change: start.change.into_iter().chain(change).collect(),
            tamper: start.tamper.into_iter().chain(tamper).collect(),
            encode: start.encode.into_iter().chain(encode).collect(),
            sign,
            again: raw.again.as_ref().map_or(start.again, |again| Some(again.get_ref().clone())),
            credential: raw.credential.as_ref().map_or(start.credential, |credential| *credential.get_ref()),
            http,
            keep,
            expect: self.expect(here, expect),
        })
    }

    /// The last step of a hostile class with the defect of one of its forms.
    pub(super) fn defect(&mut self, class: &Class<'_>, before: &[Step], raw: &RawStep, start: Step) -> Option<Step> {
        let kept = before.iter().flat_map(|step| step.keep.keys().cloned()).collect();
        let here = Here { id: class.id, file: class.file, covers: class.covers, kept };
        if let Some(again) = &raw.again
            && !before.iter().any(|step| step.name == *again.get_ref())
        {
            let message = format!("no step before is called `{}`", again.get_ref());
            let known = before.iter().map(|step| step.name.as_str());
            let remedy = did_you_mean(again.get_ref(), known, "`again` names an earlier step");
            self.report(Problem::at(class.file, again.span(), message).help(remedy));
        }
        let raw = RawStep { expect: Some(RawExpect::issued()), ..raw.clone() };
        self.step(&here, &raw, start)
    }

    fn sign(&self, here: &Here<'_>, raw: &Spanned<Sign>) -> Sign {
        for operator in &raw.get_ref().change {
            operator.paths().into_iter().for_each(|path| self.check_path(here, path, raw.span()));
            let _ = operator.map_text(|text| {
                self.check_placeholders(here, text, raw.span());
                text.to_owned()
            });
        }
        raw.get_ref().clone()
    }

    fn octet_operators(&self, here: &Here<'_>, raw: &[Spanned<RawOctetOperator>]) -> Vec<OctetOperator> {
        let read = |raw: &Spanned<RawOctetOperator>| match OctetOperator::try_from(raw.get_ref().clone()) {
            Ok(operator) => Some(operator),
            Err(because) => {
                let problem = Problem::at(here.file, raw.span(), because).label("this operator");
                self.report(problem.help("`cases/README.md` lists the operators with their keys"));
                None
            }
        };
        raw.iter().filter_map(read).collect()
    }

    fn expect(&self, here: &Here<'_>, raw: &RawExpect) -> Expect {
        let answer = *raw.answer.get_ref();
        if let (AnswerKind::Issued | AnswerKind::Status | AnswerKind::Empty, Some(code)) = (answer, raw.code.first()) {
            let problem = Problem::at(here.file, code.span(), "a fault code, where no fault is expected");
            self.report(problem.help("delete `code`, or set `answer = \"fault\"`"));
        }
        if answer == AnswerKind::Orderly && raw.code.is_empty() && raw.check.is_empty() {
            let message = "`orderly` alone is true of every token and of every fault";
            let problem = Problem::at(here.file, raw.answer.span(), message).label("says nothing");
            self.report(problem.help("add the `code` that a refusal has, or a check of what is issued"));
        }
        for code in &raw.code {
            if let Err(wrong) = self.words.prefixed_name(code.get_ref()) {
                self.report(wrong.at(here.file, code.span()));
            }
        }
        for check in &raw.check {
            for (wrong, offending) in self.words.check(check.get_ref(), here.covers, &here.kept) {
                self.report(wrong.within(here.file, check.span(), &offending));
            }
        }
        Expect {
            answer,
            allowed: raw.allowed,
            code: raw.code.iter().map(|code| code.get_ref().clone()).collect(),
            checks: raw.check.iter().map(|check| check.get_ref().clone()).collect(),
        }
    }

    fn operators(&self, here: &Here<'_>, raw: &[Spanned<RawOperator>]) -> Vec<Operator> {
        let read = |raw: &Spanned<RawOperator>| match Operator::try_from(raw.get_ref().clone()) {
            Ok(operator) => {
                for path in operator.paths() {
                    self.check_path(here, path, raw.span());
                }
                // Looking is enough: the operator itself stays as it is written.
                let _ = operator.map_text(|text| {
                    self.check_placeholders(here, text, raw.span());
                    text.to_owned()
                });
                Some(operator)
            }
            Err(because) => {
                let problem = Problem::at(here.file, raw.span(), because).label("this operator");
                self.report(problem.help("`cases/README.md` lists the operators with their keys"));
                None
            }
        };
        raw.iter().filter_map(read).collect()
    }

    fn check_path(&self, here: &Here<'_>, path: &str, range: Range<usize>) {
        if let Err(wrong) = self.words.path(path) {
            self.report(wrong.within(here.file, range, path));
        }
    }

    fn check_placeholders(&self, here: &Here<'_>, text: &str, range: Range<usize>) {
        for (wrong, at) in Words::placeholders(text, &here.kept) {
            self.report(wrong.within(here.file, range.clone(), &text[at]));
        }
    }

    /// The body beside the case: same stem.
    fn pair(&mut self, here: &Here<'_>) -> Option<(String, &'a [u8])> {
        let (xml, raw) = (format!("{}.xml", here.id), format!("{}.raw", here.id));
        if let (Some(_), Some(_)) = (self.bodies.get(&xml), self.bodies.get(&raw)) {
            self.used.insert(raw);
            self.report(
                Problem::at(here.file, top(here.file), "the case has an `.xml` and a `.raw`").help("delete one"),
            );
        } else if let Some(bytes) = self.bodies.get(&raw) {
            self.used.insert(raw.clone());
            return Some((raw, bytes));
        }
        let bytes = self.bodies.get(&xml)?;
        self.used.insert(xml.clone());
        Some((xml, bytes))
    }

    /// The file that `body` names: beside the case, or by its whole path below `cases/`.
    fn body_path(&mut self, here: &Here<'_>, body: &Spanned<String>) -> Option<String> {
        let folder = here.id.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = format!("{folder}/{}", body.get_ref());
        let found = [&beside, body.get_ref()].into_iter().find(|path| self.bodies.contains_key(*path));
        if let Some(path) = found {
            self.used.insert(path.clone());
            return Some(path.clone());
        }
        let remedy = did_you_mean(&beside, self.bodies.keys().map(String::as_str), "`body` names a `.xml` or `.raw`");
        let problem = Problem::at(here.file, body.span(), format!("there is no body `{}`", body.get_ref()));
        self.report(problem.help(remedy));
        None
    }

    fn body(&self, here: &Here<'_>, path: &str, bytes: &[u8]) -> Option<Body> {
        if path.strip_suffix(".xml").is_none() {
            return Some(Body::Raw(bytes.to_vec()));
        }
        let folder = here.file.name.strip_suffix(&format!("{}.toml", here.id)).unwrap_or_default();
        let name = format!("{folder}{path}");
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.report(Problem::about(format!("{name}: not UTF-8")).help("write it in UTF-8, or as a `.raw`"));
            return None;
        };
        let xml = Arc::new(Text { name, text: text.to_owned() });
        for (wrong, at) in Words::placeholders(text, &here.kept) {
            self.report(wrong.at(&xml, at));
        }
        if let Err((wrong, at)) = Words::well_formed(text) {
            self.report(wrong.at(&xml, at));
        }
        Some(Body::Xml(text.to_owned()))
    }
}

fn blank(name: &str, body: Body) -> Step {
    Step {
        name: name.to_owned(),
        body,
        change: Vec::new(),
        tamper: Vec::new(),
        encode: Vec::new(),
        sign: Sign::default(),
        again: None,
        credential: Credential::Username,
        http: super::model::Http::default(),
        keep: BTreeMap::new(),
        expect: Expect { answer: AnswerKind::Issued, allowed: None, code: Vec::new(), checks: Vec::new() },
    }
}

fn stem(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// Steps are told apart by name, so that the second of the same body gets a number.
fn unused_name(name: String, steps: &[Step]) -> String {
    let taken = |name: &str| steps.iter().any(|step| step.name == name);
    if !taken(&name) {
        return name;
    }
    let mut numbered = (2..steps.len() + 3).map(|number| format!("{name}-{number}"));
    numbered.find(|name| !taken(name)).expect("there are more numbers than steps")
}
