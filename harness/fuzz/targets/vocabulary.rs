//! What the cases say about prefixes: as little of it as the targets need.

use std::collections::BTreeMap;

use stsproof_judge::path::{Namespaces, Paths};
use toml::{Table, Value};

/// The prefixes and the axes in which they differ.
pub(crate) struct Vocabulary {
    table: Table,
}

/// Reads it from the data that the binary carries.
pub(crate) fn read() -> Vocabulary {
    let (_, bytes) = files("vocabulary.toml").next().expect("the cases have a vocabulary");
    Vocabulary { table: parsed(bytes) }
}

/// The data files below a path.
pub(crate) fn files(below: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = stsproof_cases::files().into_iter().filter(move |(path, _)| path.starts_with(below));
    files.map(|(path, bytes)| (path, std::str::from_utf8(bytes).expect("data are text")))
}

fn parsed(text: &str) -> Table {
    text.parse().expect("the cases are TOML")
}

impl Vocabulary {
    /// The column of each axis in a variant, written `soap=1.1, trust=1.3`; an axis that is not named has its first value.
    pub(crate) fn columns(&self, variant: &str) -> Vec<usize> {
        let column = |(axis, words): (&String, &Value)| {
            let values = words["values"].as_array().expect("an axis has values");
            values.iter().position(|known| known.as_str() == value(variant, axis)).unwrap_or(0)
        };
        self.axes().map(column).collect()
    }

    /// Paths with the prefixes of a variant.
    pub(crate) fn paths(&self, columns: &[usize]) -> Paths {
        let mut namespaces = texts(&self.table["prefix"]);
        for ((_, words), column) in self.axes().zip(columns) {
            let prefixes = words.get("prefix").and_then(Value::as_table);
            for (prefix, row) in prefixes.into_iter().flatten() {
                let uri = row.get(*column).and_then(Value::as_str).expect("a row has a text for each value");
                namespaces.insert(prefix.clone(), uri.to_owned());
            }
        }
        Paths::new(&Namespaces(namespaces))
    }

    fn axes(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.table["axis"].as_table().expect("axes are tables").iter()
    }
}

/// The value of an axis in a variant.
pub(crate) fn value<'v>(variant: &'v str, axis: &str) -> Option<&'v str> {
    variant.split(", ").filter_map(|one| one.split_once('=')).find(|(name, _)| *name == axis).map(|(_, value)| value)
}

fn texts(table: &Value) -> BTreeMap<String, String> {
    let pairs = table.as_table().expect("prefixes are a table").iter();
    pairs.filter_map(|(prefix, uri)| Some((prefix.clone(), uri.as_str()?.to_owned()))).collect()
}
