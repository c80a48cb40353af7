//! An operator as a case file writes it: a table with the key that names it and the keys that it takes.

use serde::{Deserialize, Serialize};

use super::operator::{Base, Operator, Other, Place};
use super::rewrite::Rewrite;

/// An operator as a table of a case file. Exactly one of the keys in [`KEYS`] names the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[expect(missing_docs, reason = "the keys are documented where the checked operator is")]
pub struct RawOperator {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insert: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "move")]
    pub move_: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cdata: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prolog: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epilog: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "in")]
    pub within: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_into: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Other>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "as")]
    pub how: Option<Rewrite>,
}

/// The keys that name an operator.
const KEYS: &str = "drop, text, replace, insert, attribute, rename, copy, move, wrap, rewrite, split, charref, cdata, raw, prolog, \
                    epilog or bytes";

impl RawOperator {
    /// The same table with every text in it rewritten.
    #[must_use]
    pub fn map_text(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        for text in self.texts_mut().into_iter().flatten() {
            *text = rewrite(text);
        }
        self
    }

    fn texts_mut(&mut self) -> [Option<&mut String>; 25] {
        [
            self.drop.as_mut(),
            self.text.as_mut(),
            self.replace.as_mut(),
            self.insert.as_mut(),
            self.attribute.as_mut(),
            self.rename.as_mut(),
            self.copy.as_mut(),
            self.move_.as_mut(),
            self.wrap.as_mut(),
            self.rewrite.as_mut(),
            self.split.as_mut(),
            self.charref.as_mut(),
            self.cdata.as_mut(),
            self.raw.as_mut(),
            self.prolog.as_mut(),
            self.epilog.as_mut(),
            self.bytes.as_mut(),
            self.to.as_mut(),
            self.with.as_mut(),
            self.at.as_mut(),
            self.within.as_mut(),
            self.into.as_mut(),
            self.first_into.as_mut(),
            self.before.as_mut(),
            self.after.as_mut(),
        ]
    }

    /// The one argument of that key, which is then used up.
    fn need(argument: &mut Option<String>, operator: &str, key: &str) -> Result<String, String> {
        argument.take().ok_or_else(|| format!("`{operator}` needs `{key}` beside it"))
    }

    fn place(&mut self, operator: &str) -> Result<Place, String> {
        let places = [
            self.into.take().map(Place::Into),
            self.first_into.take().map(Place::FirstInto),
            self.before.take().map(Place::Before),
            self.after.take().map(Place::After),
        ];
        let mut given = places.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(place), None) => Ok(place),
            _ => Err(format!("`{operator}` needs exactly one of `into`, `first-into`, `before` and `after`")),
        }
    }

    /// The one key that names the operator, and its value.
    fn subject(&mut self) -> Result<(&'static str, String), String> {
        let named = [
            ("drop", self.drop.take()),
            ("text", self.text.take()),
            ("replace", self.replace.take()),
            ("insert", self.insert.take()),
            ("attribute", self.attribute.take()),
            ("rename", self.rename.take()),
            ("copy", self.copy.take()),
            ("move", self.move_.take()),
            ("wrap", self.wrap.take()),
            ("rewrite", self.rewrite.take()),
            ("split", self.split.take()),
            ("charref", self.charref.take()),
            ("cdata", self.cdata.take()),
            ("raw", self.raw.take()),
            ("prolog", self.prolog.take()),
            ("epilog", self.epilog.take()),
            ("bytes", self.bytes.take()),
        ];
        let mut named = named.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let first = named.next().ok_or_else(|| format!("no operator: one of {KEYS} is needed"))?;
        match named.next() {
            Some((other, _)) => Err(format!("`{}` and `{other}` are two operators: write two tables", first.0)),
            None => Ok(first),
        }
    }
}

impl TryFrom<RawOperator> for Operator {
    type Error = String;

    fn try_from(mut raw: RawOperator) -> Result<Self, String> {
        let (key, subject) = raw.subject()?;
        let times = raw.times.take();
        let operator = match key {
            "drop" => Self::Drop { path: subject },
            "text" => Self::Text { path: subject, to: RawOperator::need(&mut raw.to, key, "to")? },
            "replace" => Self::Replace { path: subject, with: RawOperator::need(&mut raw.with, key, "with")? },
            "insert" => Self::Insert { xml: subject, place: raw.place(key)? },
            "attribute" => Self::Attribute {
                name: subject,
                at: RawOperator::need(&mut raw.at, key, "at")?,
                to: RawOperator::need(&mut raw.to, key, "to")?,
            },
            "rename" => Self::Rename { path: subject, to: RawOperator::need(&mut raw.to, key, "to")? },
            "copy" => match raw.of.take() {
                Some(of) => Self::Splice { path: subject, of, place: raw.place(key)? },
                None => Self::Copy { path: subject, place: raw.place(key)? },
            },
            "move" => Self::Move { path: subject, place: raw.place(key)? },
            "wrap" => Self::Wrap { path: subject, within: RawOperator::need(&mut raw.within, key, "in")? },
            "rewrite" => Self::Rewrite {
                path: subject,
                how: raw.how.take().ok_or_else(|| format!("`{key}` needs `as` beside it"))?,
            },
            "split" => Self::Split { path: subject, with: RawOperator::need(&mut raw.with, key, "with")? },
            "charref" => Self::Charref { path: subject, base: raw.base.take().unwrap_or(Base::Decimal) },
            "cdata" => Self::Cdata { path: subject },
            "raw" => Self::Raw { path: subject, to: RawOperator::need(&mut raw.to, key, "to")? },
            "prolog" => Self::Prolog { text: subject },
            "epilog" => Self::Epilog { text: subject },
            _ => Self::Bytes { find: subject, with: RawOperator::need(&mut raw.with, key, "with")? },
        };
        if raw != RawOperator::default() {
            return Err(format!("`{key}` stands beside a key that it does not take"));
        }
        match times {
            None => Ok(operator),
            Some(_) if matches!(key, "drop" | "rename" | "move" | "rewrite" | "charref" | "cdata") => {
                Err(format!("`{key}` stands beside a key that it does not take"))
            }
            Some(times) => Ok(Self::Times { times, operator: Box::new(operator) }),
        }
    }
}

impl From<Operator> for RawOperator {
    fn from(operator: Operator) -> Self {
        let mut raw = Self::default();
        match operator {
            Operator::Drop { path } => raw.drop = Some(path),
            Operator::Text { path, to } => (raw.text, raw.to) = (Some(path), Some(to)),
            Operator::Replace { path, with } => (raw.replace, raw.with) = (Some(path), Some(with)),
            Operator::Insert { xml, place } => raw.put(place).insert = Some(xml),
            Operator::Attribute { name, at, to } => (raw.attribute, raw.at, raw.to) = (Some(name), Some(at), Some(to)),
            Operator::Rename { path, to } => (raw.rename, raw.to) = (Some(path), Some(to)),
            Operator::Copy { path, place } => raw.put(place).copy = Some(path),
            Operator::Splice { path, of, place } => {
                (raw.put(place).copy, raw.of) = (Some(path), Some(of));
            }
            Operator::Move { path, place } => raw.put(place).move_ = Some(path),
            Operator::Wrap { path, within } => (raw.wrap, raw.within) = (Some(path), Some(within)),
            Operator::Rewrite { path, how } => (raw.rewrite, raw.how) = (Some(path), Some(how)),
            Operator::Split { path, with } => (raw.split, raw.with) = (Some(path), Some(with)),
            Operator::Charref { path, base } => (raw.charref, raw.base) = (Some(path), Some(base)),
            Operator::Cdata { path } => raw.cdata = Some(path),
            Operator::Raw { path, to } => (raw.raw, raw.to) = (Some(path), Some(to)),
            Operator::Prolog { text } => raw.prolog = Some(text),
            Operator::Epilog { text } => raw.epilog = Some(text),
            Operator::Bytes { find, with } => (raw.bytes, raw.with) = (Some(find), Some(with)),
            Operator::Times { times, operator } => {
                raw = Self::from(*operator);
                raw.times = Some(times);
            }
        }
        raw
    }
}

impl RawOperator {
    fn put(&mut self, place: Place) -> &mut Self {
        match place {
            Place::Into(path) => self.into = Some(path),
            Place::FirstInto(path) => self.first_into = Some(path),
            Place::Before(path) => self.before = Some(path),
            Place::After(path) => self.after = Some(path),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        change: Vec<Operator>,
    }

    fn read(change: &str) -> Result<Vec<Operator>, String> {
        toml::from_str::<File>(&format!("change = [{change}]")).map(|file| file.change).map_err(|e| e.to_string())
    }

    #[rstest::rstest]
    #[case(r#"{ drop = "//a" }"#)]
    #[case(r#"{ text = "//a", to = "x" }"#)]
    #[case(r#"{ replace = "//a", with = "<b/>" }"#)]
    #[case(r#"{ insert = "<b/>", first-into = "//a" }"#)]
    #[case(r#"{ attribute = "xml:lang", at = "//a", to = "de" }"#)]
    #[case(r#"{ rename = "//a", to = "b" }"#)]
    #[case(r#"{ copy = "//a", before = "//b" }"#)]
    #[case(r#"{ move = "//a", after = "//b" }"#)]
    #[case(r#"{ wrap = "//a", in = "b" }"#)]
    #[case(r#"{ rewrite = "//a", as = "tag-space" }"#)]
    #[case(r#"{ bytes = "<a>", with = "<a <" }"#)]
    #[case(r#"{ copy = "//a", of = "other-user", before = "//b" }"#)]
    #[case(r#"{ split = "//a", with = "<!--x-->" }"#)]
    #[case(r#"{ charref = "//a", base = "hex" }"#)]
    #[case(r#"{ cdata = "//a" }"#)]
    #[case(r#"{ raw = "//a", to = "&b;" }"#)]
    #[case(r#"{ prolog = "<!DOCTYPE a>" }"#)]
    #[case(r#"{ epilog = "<b/>" }"#)]
    #[case(r#"{ insert = "<b/>", into = "//a", times = 1000 }"#)]
    fn every_operator_survives_writing_and_reading(#[case] table: &str) {
        let read_once = read(table).expect("a good operator");
        let written = toml::to_string(&read_once[0]).expect("operators can be written");
        assert_eq!(toml::from_str::<Operator>(&written).expect("what was written can be read"), read_once[0]);
        assert!(table.contains(read_once[0].key()));
        assert_eq!(read_once[0].map_text(str::to_owned), read_once[0]);
    }

    #[rstest::rstest]
    #[case(r#"{ to = "x" }"#, "no operator")]
    #[case(r#"{ drop = "//a", text = "//b" }"#, "two operators")]
    #[case(r#"{ text = "//a" }"#, "`text` needs `to`")]
    #[case(r#"{ drop = "//a", to = "x" }"#, "does not take")]
    #[case(r#"{ insert = "<a/>" }"#, "exactly one of `into`")]
    #[case(r#"{ insert = "<a/>", into = "//a", after = "//b" }"#, "exactly one of `into`")]
    #[case(r#"{ dropp = "//a" }"#, "unknown field `dropp`")]
    #[case(r#"{ drop = "//a", times = 2 }"#, "does not take")]
    #[case(r#"{ move = "//a", of = "golden", into = "//b" }"#, "does not take")]
    fn a_wrong_operator_says_what_is_wrong(#[case] table: &str, #[case] words: &str) {
        let error = read(table).expect_err("a wrong operator");
        assert!(error.contains(words), "{error}");
    }
}
