//! The names that a case may use, and what to say about one that is not among them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use stsproof_judge::check::{Check, Look, Mistake, PREDICATES, Reference, Statement};
use stsproof_judge::path::{Namespaces, Paths};
use stsproof_judge::rule::Rule;
use stsproof_judge::tree::Tree;

use super::model::{Axis, Capability, RequirementId};
use super::placeholder;
use crate::capability::Capabilities;
use crate::catalogue::Catalogue;
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};
use crate::requirement::Register;
use crate::vocabulary::Vocabulary;

/// Everything that names are looked up in.
pub(crate) struct Words<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) register: &'a Register,
    pub(crate) capabilities: &'a Capabilities,
    /// What the hostile classes share.
    pub(crate) catalogue: Catalogue,
    paths: Paths,
}

/// A mistake that does not know its place yet.
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    pub(crate) fn at(self, file: &Arc<Text>, at: Range<usize>) -> Problem {
        Problem::at(file, at, self.message).help(self.help)
    }

    /// At the offending text within a larger range, where it can be found there as it is.
    pub(crate) fn within(self, file: &Arc<Text>, range: Range<usize>, offending: &str) -> Problem {
        let table = table(&file.text, range.clone());
        let found = file.text.get(table).and_then(|part| part.find(offending));
        let at = found.map_or(range.clone(), |at| range.start + at..range.start + at + offending.len());
        self.at(file, at)
    }
}

impl<'a> Words<'a> {
    /// Looks names up here.
    pub(crate) fn new(vocabulary: &'a Vocabulary, register: &'a Register, capabilities: &'a Capabilities) -> Self {
        // Whether a path is sound does not depend on the variant: all of them bind the same prefixes.
        let bindings = vocabulary.bindings(&vocabulary.default_variant());
        let paths = Paths::new(&Namespaces(bindings));
        Self { vocabulary, register, capabilities, catalogue: Catalogue::default(), paths }
    }

    /// The row of that id.
    pub(crate) fn requirement(&self, id: &str) -> Result<RequirementId, Wrong> {
        let row = RequirementId(id.to_owned());
        match self.register.get(&row) {
            Some(_) => Ok(row),
            None => Err(Wrong::new(format!("there is no requirement `{id}`"), self.register.remedy(id))),
        }
    }

    /// The capability of that name.
    pub(crate) fn capability(&self, name: &str) -> Result<Capability, Wrong> {
        if self.capabilities.has(name) {
            return Ok(Capability(name.to_owned()));
        }
        Err(Wrong::new(format!("there is no capability `{name}`"), self.capabilities.remedy(name)))
    }

    /// A value of an axis.
    pub(crate) fn axis_value(&self, axis: Axis, value: &str) -> Result<String, Wrong> {
        let known = self.vocabulary.values(axis);
        if known.iter().any(|text| text == value) {
            return Ok(value.to_owned());
        }
        let help = format!("known: {}; `vocabulary.toml` has the table", known.join(", "));
        Err(Wrong::new(format!("axis `{axis}` has no value `{value}`"), help))
    }

    /// A prefixed name such as `wst:InvalidRequest`.
    pub(crate) fn prefixed_name(&self, name: &str) -> Result<String, Wrong> {
        let Some((prefix, local)) = name.split_once(':') else {
            return Err(Wrong::new(format!("`{name}` has no prefix"), "write it as `wst:InvalidRequest`"));
        };
        if local.is_empty() || local.contains([':', ' ']) {
            return Err(Wrong::new(format!("`{name}` is no name"), "write it as `wst:InvalidRequest`"));
        }
        self.prefix(prefix).map(|()| name.to_owned())
    }

    /// A prefix that some variant binds.
    pub(crate) fn prefix(&self, prefix: &str) -> Result<(), Wrong> {
        if self.vocabulary.knows_prefix(prefix) {
            return Ok(());
        }
        let remedy = did_you_mean(prefix, self.vocabulary.all_prefixes(), "`vocabulary.toml` lists all of them");
        Err(Wrong::new(format!("prefix `{prefix}` is not bound"), remedy))
    }

    /// A path of XPath 1.0, its prefixes bound. Placeholders in it stand for any value.
    pub(crate) fn path(&self, path: &str) -> Result<(), Wrong> {
        let mut sample = path.to_owned();
        let places: Vec<_> = placeholder::all_in(path).map(|(_, at)| at).collect();
        for at in places.into_iter().rev() {
            sample.replace_range(at, "x");
        }
        self.paths.check(&sample).map_err(|error| self.bad_path(path, &error.because))
    }

    /// Whether a body can be read once its placeholders are filled; where it cannot, the byte at which it goes wrong.
    pub(crate) fn well_formed(text: &str) -> Result<(), (Wrong, Range<usize>)> {
        let Err(refusal) = Tree::from_text(text) else { return Ok(()) };
        let place = refusal.place.as_ref();
        let line = place.map_or(1, |place| place.line);
        let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let column = place.map_or(1, |place| place.column);
        let within = text[start..].char_indices().nth(column.saturating_sub(1)).map_or(0, |(at, _)| at);
        let at = start + within;
        let wrong = Wrong::new(
            format!("the body is not well-formed: {}", refusal.detail),
            "what is no XML on purpose goes into a `.raw`, or into a `bytes` operator of `change`",
        );
        Err((wrong, at..(at + 1).min(text.len())))
    }

    /// What is wrong with a check, each with the offending text.
    pub(crate) fn check(
        &self,
        check: &Check,
        covers: &[RequirementId],
        kept: &BTreeSet<String>,
    ) -> Vec<(Wrong, String)> {
        let mut wrong = self.mistakes(check.validate(&self.paths));
        if let Some(clause) = &check.clause
            && !covers.iter().any(|row| row.0 == *clause)
        {
            let known = covers.iter().map(|row| row.0.as_str());
            let remedy = did_you_mean(clause, known, "`clause` names one of the rows in `covers`");
            wrong.push((Wrong::new(format!("`{clause}` is not covered here"), remedy), clause.clone()));
        }
        for text in texts(check) {
            let unfilled = Self::placeholders(text, kept).into_iter();
            wrong.extend(unfilled.map(|(unfilled, at)| (unfilled, text[at].to_owned())));
        }
        wrong
    }

    /// What is wrong with a rule's own conditions and checks, each with the offending text.
    pub(crate) fn rule(&self, rule: &Rule) -> Vec<(Wrong, String)> {
        let covers: Vec<_> = rule.covers.iter().map(|id| RequirementId(id.clone())).collect();
        let mut wrong: Vec<_> =
            rule.checks.iter().flat_map(|check| self.check(check, &covers, &BTreeSet::new())).collect();
        // The judge looks at the whole rule; the checks have been looked at more closely above.
        let conditions = rule.validate(&self.paths).into_iter().filter(|mistake| mistake.key.starts_with("when"));
        let seen: BTreeSet<String> = wrong.iter().map(|(_, text)| text.clone()).collect();
        wrong.extend(self.mistakes(conditions.filter(|mistake| !seen.contains(&mistake.text)).collect()));
        wrong
    }

    fn mistakes(&self, mistakes: Vec<Mistake>) -> Vec<(Wrong, String)> {
        let told = |mistake: Mistake| {
            let known = PREDICATES.iter().map(|predicate| predicate.name);
            let wrong = match mistake.key {
                "holds" => Wrong::new(
                    mistake.because.clone(),
                    did_you_mean(&mistake.text, known, "`cases/README.md` lists all of them"),
                ),
                "matches" => Wrong::new(
                    format!("the expression `{}` cannot be used: {}", mistake.text, mistake.because),
                    "it is a regular expression for the whole text",
                ),
                _ => self.bad_path(&mistake.text, &mistake.because),
            };
            (wrong, mistake.text)
        };
        mistakes.into_iter().map(told).collect()
    }

    fn bad_path(&self, path: &str, because: &str) -> Wrong {
        let unbound = because.contains("prefix").then(|| because.split('`').nth(1)).flatten();
        match unbound.map(|prefix| self.prefix(prefix)) {
            Some(Err(wrong)) => wrong,
            _ => Wrong::new(
                // The engine speaks in sentences of its own, where the judge continues ours.
                format!("the path `{path}`{} {because}", if because.starts_with("XPath") { ":" } else { "" }),
                "paths are XPath 1.0 with the prefixes of `vocabulary.toml`",
            ),
        }
    }

    /// Every placeholder of a text that nothing fills, with what is wrong and where.
    pub(crate) fn placeholders(text: &str, kept: &BTreeSet<String>) -> Vec<(Wrong, Range<usize>)> {
        placeholder::all_in(text)
            .filter(|(name, _)| !placeholder::is_known(name) && !kept.contains(*name))
            .map(|(name, at)| {
                let mut known: Vec<&str> = placeholder::names().collect();
                known.extend(kept.iter().map(String::as_str));
                let remedy = did_you_mean(name, known, "a value of an earlier step needs a `keep` there");
                (Wrong::new(format!("nothing fills `{{{{{name}}}}}`"), remedy), at)
            })
            .collect()
    }
}

/// Of a table that is written as `[[name]]` the parser gives the header only: all that follows it, up to the next of its kind.
fn table(text: &str, range: Range<usize>) -> Range<usize> {
    let header = text.get(range.clone()).filter(|part| part.starts_with("[["));
    let Some(header) = header else { return range };
    let rest = &text[range.end..];
    let end = rest.find(&format!("\n{header}")).map_or(text.len(), |at| range.end + at);
    range.start..end
}

/// Every text of a check that may hold placeholders.
pub(crate) fn texts(check: &Check) -> Vec<&str> {
    let mut texts: Vec<&str> = check.when.iter().chain(&check.when_request).map(String::as_str).collect();
    if let Look::At(path) = &check.look {
        texts.push(path);
    }
    match &check.statement {
        Statement::Equals(text)
        | Statement::Not(text)
        | Statement::DiffersFrom(text)
        | Statement::Holds(text)
        | Statement::Order(_, text) => texts.push(text),
        Statement::OneOf(all) => texts.extend(all.iter().map(String::as_str)),
        Statement::Matches(pattern) => texts.push(pattern.source()),
        Statement::Within(_, reference) | Statement::SameAs(reference) => match reference {
            Reference::Here(text) | Reference::Request(text) | Reference::Answer(text) => texts.push(text),
        },
        Statement::Present | Statement::Absent | Statement::Count(..) | Statement::Form(_) => {}
    }
    texts
}
