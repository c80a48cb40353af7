//! What can be said about a check without any answer: for the linter.

use super::{Check, Look, Pattern, Reference, Statement};
use crate::path::Paths;
use crate::predicate;
use crate::scene::fill;
use crate::time::Time;

/// Something in a check that can never work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key it stands under.
    pub key: &'static str,
    /// The offending text, as it is written.
    pub text: String,
    /// What is wrong with it.
    pub because: String,
}

impl Check {
    /// Tries the paths, expressions and predicates of a check against what is known before any answer comes.
    pub fn validate(&self, paths: &Paths) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut path = |key, path: &str| mistakes.extend(path_mistake(paths, key, path));
        for (key, condition) in [("when", &self.when), ("when-request", &self.when_request)] {
            if let Some(condition) = condition {
                path(key, condition);
            }
        }
        if let Look::At(at) = &self.look {
            path("at", at);
        }
        match &self.statement {
            Statement::Within(_, Reference::Here(bound)) if !is_time(bound) => path("of", bound),
            Statement::Within(_, Reference::Request(bound)) => path("of-request", bound),
            Statement::Within(_, Reference::Answer(bound)) => path("of-answer", bound),
            Statement::SameAs(Reference::Here(other)) => path("same-as", other),
            Statement::SameAs(Reference::Request(other)) => path("same-as-request", other),
            Statement::SameAs(Reference::Answer(other)) => path("same-as-answer", other),
            Statement::DiffersFrom(other) => path("differs-from", other),
            Statement::Order(order, bound) if !is_time(bound) => path(order.key(), bound),
            _ => {}
        }
        let (key, text, because) = match &self.statement {
            Statement::Matches(pattern) => {
                let error = Pattern::compile(&sample(pattern.source())).err();
                ("matches", pattern.source(), error.map(|error| error.to_string()))
            }
            Statement::Holds(name) => {
                let known = |prefix: &str| paths.namespaces().get(prefix).is_some();
                ("holds", name.as_str(), predicate::complaint(name, known))
            }
            _ => return mistakes,
        };
        mistakes.extend(because.map(|because| Mistake { key, text: text.to_owned(), because }));
        mistakes
    }
}

/// Why a path cannot be used, if it cannot. Placeholders stand for any value.
pub(crate) fn path_mistake(paths: &Paths, key: &'static str, path: &str) -> Option<Mistake> {
    let error = paths.check(&sample(path)).err()?;
    Some(Mistake { key, text: path.to_owned(), because: error.because })
}

fn sample(text: &str) -> String {
    fill(text, |_| Some("x".to_owned())).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// Whether a bound is a time: a placeholder alone is.
fn is_time(bound: &str) -> bool {
    let bound = bound.trim();
    (bound.starts_with("{{") && bound.ends_with("}}")) || Time::parse(bound).is_ok()
}
