//! What an operator says in a case file, and its checked form.

use serde::{Deserialize, Serialize};

/// One rewrite. Paths that select several nodes act on each of them; paths that select none are an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawOperator", into = "RawOperator")]
pub enum Operator {
    /// Takes elements or attributes out.
    Drop {
        /// What goes.
        path: String,
    },
    /// Gives elements another content, or attributes another value. The text is escaped.
    Text {
        /// Whose content.
        path: String,
        /// The text.
        to: String,
    },
    /// Puts XML in the place of elements.
    Replace {
        /// What goes.
        path: String,
        /// What comes.
        with: String,
    },
    /// Puts XML somewhere.
    Insert {
        /// What comes.
        xml: String,
        /// Where.
        place: Place,
    },
    /// Sets an attribute of elements, or adds it.
    Attribute {
        /// Its name as written, `xmlns:…` included.
        name: String,
        /// The elements.
        at: String,
        /// Its value, which is escaped.
        to: String,
    },
    /// Gives elements or attributes another name.
    Rename {
        /// Which.
        path: String,
        /// The name as written.
        to: String,
    },
    /// Repeats elements somewhere else.
    Copy {
        /// Which.
        path: String,
        /// Where.
        place: Place,
    },
    /// Moves elements somewhere else.
    Move {
        /// Which.
        path: String,
        /// Where.
        place: Place,
    },
    /// Puts an element around each of the selected ones.
    Wrap {
        /// Which.
        path: String,
        /// The name of the new element as written.
        within: String,
    },
    /// Replaces the first occurrence of a text, for what no tree can say.
    Bytes {
        /// What goes.
        find: String,
        /// What comes.
        with: String,
    },
}

/// Where something is put, relative to the elements that a path selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// As the last child.
    Into(String),
    /// As the first child.
    FirstInto(String),
    /// In front.
    Before(String),
    /// Behind.
    After(String),
}

impl Operator {
    /// The same operator with every text argument rewritten, for the translation of URIs into a variant.
    #[must_use]
    pub fn map_text(&self, rewrite: impl Fn(&str) -> String) -> Self {
        let mut raw = RawOperator::from(self.clone());
        for text in raw.texts_mut().into_iter().flatten() {
            *text = rewrite(text);
        }
        // The keys are those of a checked operator, so that checking them again cannot fail.
        Self::try_from(raw).unwrap_or_else(|_| self.clone())
    }

    /// The paths in it, for a linter.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::Drop { path }
            | Self::Text { path, .. }
            | Self::Replace { path, .. }
            | Self::Rename { path, .. }
            | Self::Wrap { path, .. }
            | Self::Attribute { at: path, .. } => vec![path],
            Self::Insert { place, .. } => vec![place.path()],
            Self::Copy { path, place } | Self::Move { path, place } => vec![path, place.path()],
            Self::Bytes { .. } => Vec::new(),
        }
    }

    /// The key by which a case file calls it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Drop { .. } => "drop",
            Self::Text { .. } => "text",
            Self::Replace { .. } => "replace",
            Self::Insert { .. } => "insert",
            Self::Attribute { .. } => "attribute",
            Self::Rename { .. } => "rename",
            Self::Copy { .. } => "copy",
            Self::Move { .. } => "move",
            Self::Wrap { .. } => "wrap",
            Self::Bytes { .. } => "bytes",
        }
    }
}

impl Place {
    /// The path that it is relative to.
    pub fn path(&self) -> &str {
        match self {
            Self::Into(path) | Self::FirstInto(path) | Self::Before(path) | Self::After(path) => path,
        }
    }
}

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
}

/// The keys that name an operator.
const KEYS: &str = "drop, text, replace, insert, attribute, rename, copy, move, wrap or bytes";

impl RawOperator {
    fn texts_mut(&mut self) -> [Option<&mut String>; 18] {
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
}

impl TryFrom<RawOperator> for Operator {
    type Error = String;

    fn try_from(mut raw: RawOperator) -> Result<Self, String> {
        let named = [
            ("drop", raw.drop.take()),
            ("text", raw.text.take()),
            ("replace", raw.replace.take()),
            ("insert", raw.insert.take()),
            ("attribute", raw.attribute.take()),
            ("rename", raw.rename.take()),
            ("copy", raw.copy.take()),
            ("move", raw.move_.take()),
            ("wrap", raw.wrap.take()),
            ("bytes", raw.bytes.take()),
        ];
        let mut named = named.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let (key, subject) = named.next().ok_or_else(|| format!("no operator: one of {KEYS} is needed"))?;
        if let Some((other, _)) = named.next() {
            return Err(format!("`{key}` and `{other}` are two operators: write two tables"));
        }
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
            "copy" => Self::Copy { path: subject, place: raw.place(key)? },
            "move" => Self::Move { path: subject, place: raw.place(key)? },
            "wrap" => Self::Wrap { path: subject, within: RawOperator::need(&mut raw.within, key, "in")? },
            _ => Self::Bytes { find: subject, with: RawOperator::need(&mut raw.with, key, "with")? },
        };
        if raw == RawOperator::default() {
            Ok(operator)
        } else {
            Err(format!("`{key}` stands beside a key that it does not take"))
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
            Operator::Move { path, place } => raw.put(place).move_ = Some(path),
            Operator::Wrap { path, within } => (raw.wrap, raw.within) = (Some(path), Some(within)),
            Operator::Bytes { find, with } => (raw.bytes, raw.with) = (Some(find), Some(with)),
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
    #[case(r#"{ bytes = "<a>", with = "<a <" }"#)]
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
    fn a_wrong_operator_says_what_is_wrong(#[case] table: &str, #[case] words: &str) {
        let error = read(table).expect_err("a wrong operator");
        assert!(error.contains(words), "{error}");
    }
}
