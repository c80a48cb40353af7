//! `{{placeholders}}` and the values that take their place.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

use super::fresh::{Fresh, date_time, distance};
use crate::change::tag::escape_attribute;
use crate::nearest::nearest;

/// What is made afresh for each request. Everything else comes from the profile or from an earlier step.
const MADE: [&str; 8] =
    ["message-id", "context", "now", "created", "nonce", "entropy", "password-digest", "bait.password-digest"];

/// Why a text cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// Nothing bears that name.
    #[error("`{{{{{name}}}}}` has no value{}", nearest.as_ref().map(|near| format!("; did you mean `{{{{{near}}}}}`?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// The likeliest name that has one.
        nearest: Option<String>,
    },
    /// A placeholder does not end.
    #[error("`{{{{` without `}}}}` after `{after}`")]
    Open {
        /// The text in front of it.
        after: String,
    },
}

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text that stays.
    Text(&'t str),
    /// The name of a placeholder.
    Hole(&'t str),
}

/// A template in pieces.
pub fn pieces(template: &str) -> Result<Vec<Piece<'_>>, FillError> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let (text, open) = rest.split_at(start);
        let length = open[2..].find("}}").ok_or_else(|| {
            let words = text.char_indices().rev().take(30).last().map_or(0, |(at, _)| at);
            FillError::Open { after: text[words..].to_owned() }
        })?;
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces.push(Piece::Hole(&open[2..2 + length]));
        rest = &open[2 + length + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// What takes the place of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, which is escaped where it goes into XML.
    Text(String),
    /// XML, which goes in byte for byte.
    Xml(String),
}

impl Value {
    /// What it says, unescaped.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Xml(text) => text,
        }
    }
}

/// The values of one case: what the profile gives, what was kept, and what is made afresh for each request.
#[derive(Debug, Clone)]
pub struct Values {
    given: BTreeMap<String, Value>,
    made: BTreeMap<String, String>,
    fresh: Fresh,
    now: Timestamp,
}

impl Values {
    /// Values from a profile, and a source for the rest.
    pub fn new(given: BTreeMap<String, Value>, fresh: Fresh) -> Self {
        let now = fresh.now();
        Self { given, made: BTreeMap::new(), fresh, now }
    }

    /// Gives a name a value, or another one.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        self.given.insert(name.into(), value);
    }

    /// Forgets what was made for the last request, except for what bears a name of the author's choice.
    pub fn renew(&mut self) {
        self.made.retain(|name, _| name.contains(':'));
        self.now = self.fresh.now();
    }

    /// The time of the request.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Randomness that belongs to the same case.
    pub fn fresh(&mut self) -> &mut Fresh {
        &mut self.fresh
    }

    /// Fills an XML template.
    pub fn fill(&mut self, template: &str) -> Result<String, FillError> {
        self.fill_with(template, |value| match value {
            Value::Text(text) => escape_attribute(text),
            Value::Xml(xml) => xml.clone(),
        })
    }

    /// Fills a text that is no XML, such as a header or a path.
    pub fn fill_plain(&mut self, template: &str) -> Result<String, FillError> {
        self.fill_with(template, |value| value.as_str().to_owned())
    }

    /// What a check may compare with: what was made, what was kept, what the profile gives.
    pub fn seen(&mut self) -> BTreeMap<String, String> {
        let _ = self.get("now");
        let given = self.given.iter().map(|(name, value)| (name.clone(), value.as_str().to_owned()));
        given.chain(self.made.clone()).collect()
    }

    fn fill_with(&mut self, template: &str, written: impl Fn(&Value) -> String) -> Result<String, FillError> {
        let mut filled = String::with_capacity(template.len() * 2);
        for piece in pieces(template)? {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Hole(name) => {
                    let value = self.get(name).ok_or_else(|| self.unknown(name))?;
                    filled.push_str(&written(&value));
                }
            }
        }
        Ok(filled)
    }

    fn get(&mut self, name: &str) -> Option<Value> {
        if let Some(value) = self.given.get(name) {
            return Some(value.clone());
        }
        if let Some(text) = self.made.get(name) {
            return Some(Value::Text(text.clone()));
        }
        let text = self.make(name)?;
        self.made.insert(name.to_owned(), text.clone());
        Some(Value::Text(text))
    }

    fn make(&mut self, name: &str) -> Option<String> {
        // A name behind the kind lets a message hold several, and two steps share one: `{{nonce:once}}`.
        let kind = match name.split_once(':') {
            Some((kind @ ("uuid" | "nonce" | "entropy"), own)) if !own.is_empty() => kind,
            _ => name,
        };
        match kind {
            "message-id" | "context" => Some(format!("urn:uuid:{}", self.fresh.uuid())),
            "nonce" => Some(STANDARD.encode(self.fresh.bytes::<16>())),
            "entropy" => Some(STANDARD.encode(self.fresh.bytes::<32>())),
            "password-digest" => self.digest_of("password"),
            "bait.password-digest" => self.digest_of("bait.password"),
            "created" => Some(date_time(self.now)),
            "uuid" if kind != name => Some(self.fresh.uuid()),
            _ => time_of(name, self.now),
        }
    }

    fn digest_of(&mut self, password: &str) -> Option<String> {
        let (nonce, created, password) = (self.get("nonce")?, self.get("created")?, self.get(password)?);
        let nonce = STANDARD.decode(nonce.as_str()).ok()?;
        let digest = Sha1::new().chain_update(nonce).chain_update(created.as_str()).chain_update(password.as_str());
        Some(STANDARD.encode(digest.finalize()))
    }

    fn unknown(&self, name: &str) -> FillError {
        unknown(name, self.given.keys().map(String::as_str).chain(MADE))
    }
}

/// Fills a text of a check from the values that an exchange recorded.
pub fn recorded(template: &str, values: &BTreeMap<String, String>) -> Result<String, FillError> {
    let mut filled = String::with_capacity(template.len());
    for piece in pieces(template)? {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Hole(name) => {
                let now = || time_of(name, values.get("now")?.parse().ok()?);
                let value = values.get(name).cloned().or_else(now);
                filled.push_str(&value.ok_or_else(|| unknown(name, values.keys().map(String::as_str)))?);
            }
        }
    }
    Ok(filled)
}

fn time_of(name: &str, now: Timestamp) -> Option<String> {
    let rest = name.strip_prefix("now")?;
    if rest.is_empty() {
        return Some(date_time(now));
    }
    now.checked_add(distance(rest)?).ok().map(date_time)
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> FillError {
    FillError::Unknown { name: name.to_owned(), nearest: nearest(name, known).map(str::to_owned) }
}

#[cfg(test)]
mod tests;
