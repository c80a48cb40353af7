//! Prefixes, axes, and the texts in which the versions of a specification differ.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_spanned::Spanned;

use crate::case::model::{Axis, Variant};
use crate::problem::{Problem, Text};

/// What `vocabulary.toml` says.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    prefixes: BTreeMap<String, String>,
    axes: BTreeMap<Axis, AxisWords>,
}

/// One axis: its values, and one column for each.
#[derive(Debug, Clone)]
struct AxisWords {
    values: Vec<String>,
    claims: Vec<String>,
    prefixes: BTreeMap<String, Vec<String>>,
    rows: Vec<Vec<String>>,
}

impl Vocabulary {
    /// Reads the file; every mistake is added to `problems`.
    pub fn read(file: &Arc<Text>, problems: &mut Vec<Problem>) -> Self {
        match toml::from_str::<Raw>(&file.text) {
            Ok(raw) => raw.check(file, problems),
            Err(error) => {
                problems.push(crate::case::raw::syntax(file, &error));
                Self::default()
            }
        }
    }

    /// The values of an axis; bodies are written for the first, and cases that do not vary it take that.
    pub fn values(&self, axis: Axis) -> &[String] {
        self.axes.get(&axis).map_or(&[], |words| &words.values)
    }

    /// The capability that a value of an axis needs, where it needs one.
    pub fn claim_for(&self, axis: Axis, value: &str) -> Option<&str> {
        let words = self.axes.get(&axis)?;
        words.claims.get(words.values.iter().position(|known| known == value)?).map(String::as_str)
    }

    /// The first value of every axis.
    pub fn default_variant(&self) -> Variant {
        Variant(self.axes.iter().filter_map(|(axis, words)| Some((*axis, words.values.first()?.clone()))).collect())
    }

    /// What each prefix means in one variant.
    pub fn bindings(&self, variant: &Variant) -> BTreeMap<String, String> {
        let mut bindings = self.prefixes.clone();
        for (axis, words) in &self.axes {
            let column = words.column(variant.0.get(axis));
            for (prefix, uris) in &words.prefixes {
                if let Some(uri) = uris.get(column) {
                    bindings.insert(prefix.clone(), uri.clone());
                }
            }
        }
        bindings
    }

    /// Whether any variant binds this prefix.
    pub fn knows_prefix(&self, prefix: &str) -> bool {
        self.all_prefixes().any(|known| known == prefix)
    }

    /// Every prefix, of all variants.
    pub fn all_prefixes(&self) -> impl Iterator<Item = &str> {
        let varying = self.axes.values().flat_map(|words| words.prefixes.keys());
        self.prefixes.keys().chain(varying).map(String::as_str)
    }

    /// A text written with the first value of every axis, as it reads in another variant.
    pub fn translate(&self, text: &str, variant: &Variant) -> String {
        let pairs = self.pairs(variant);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        // One pass over the source, so that what has been put in is never taken for source again.
        while let Some((at, from, to)) = first_match(rest, &pairs) {
            out.push_str(&rest[..at]);
            out.push_str(to);
            rest = &rest[at + from.len()..];
        }
        out.push_str(rest);
        out
    }

    /// What is replaced by what, the longest first.
    fn pairs(&self, variant: &Variant) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        for (axis, words) in &self.axes {
            let column = words.column(variant.0.get(axis));
            if column > 0 {
                let rows = words.prefixes.values().chain(&words.rows);
                pairs.extend(rows.map(|row| (row[0].as_str(), row[column].as_str())));
            }
        }
        pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        pairs
    }
}

impl AxisWords {
    fn column(&self, value: Option<&String>) -> usize {
        value.and_then(|value| self.values.iter().position(|known| known == value)).unwrap_or(0)
    }
}

/// The leftmost place where any source text stands, and there the longest.
fn first_match<'a>(text: &str, longest_first: &[(&'a str, &'a str)]) -> Option<(usize, &'a str, &'a str)> {
    let mut best: Option<(usize, &str, &str)> = None;
    for (from, to) in longest_first {
        // Nothing that begins after the best place so far can win.
        let reach = best.map_or(text.len(), |(at, ..)| floor(text, at + from.len()));
        if let Some(at) = text[..reach].find(from)
            && best.is_none_or(|(best_at, ..)| at < best_at)
        {
            best = Some((at, from, to));
        }
    }
    best
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    prefix: BTreeMap<String, String>,
    axis: BTreeMap<Axis, RawAxis>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAxis {
    #[serde(rename = "about")]
    _about: String,
    values: Spanned<Vec<String>>,
    #[serde(default)]
    claims: Vec<String>,
    #[serde(default)]
    prefix: BTreeMap<String, Spanned<Vec<String>>>,
    #[serde(default)]
    texts: Vec<Spanned<Vec<String>>>,
}

impl Raw {
    fn check(self, file: &Arc<Text>, problems: &mut Vec<Problem>) -> Vocabulary {
        let axes = self.axis.into_iter().map(|(axis, raw)| (axis, raw.check(file, problems))).collect();
        Vocabulary { prefixes: self.prefix, axes }
    }
}

impl RawAxis {
    fn check(self, file: &Arc<Text>, problems: &mut Vec<Problem>) -> AxisWords {
        let columns = self.values.get_ref().len();
        if columns == 0 {
            problems.push(Problem::at(file, self.values.span(), "an axis has at least one value"));
        }
        let mut whole = |row: Spanned<Vec<String>>| {
            let at: Range<usize> = row.span();
            let row = row.into_inner();
            let right = row.len() == columns && row.iter().all(|text| !text.is_empty());
            if !right {
                problems.push(
                    Problem::at(file, at, "a row has one text for each value of its axis")
                        .label(format!("{} here, {columns} values", row.len()))
                        .help("write the texts in the order of `values`"),
                );
            }
            right.then_some(row)
        };
        let prefixes = self.prefix.into_iter().filter_map(|(prefix, row)| Some((prefix, whole(row)?))).collect();
        let rows = self.texts.into_iter().filter_map(&mut whole).collect();
        AxisWords { values: self.values.into_inner(), claims: self.claims, prefixes, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let text = Text {
            name: "vocabulary.toml".into(),
            text: r#"
                prefix = { ds = "urn:ds" }
                [axis.soap]
                about = "SOAP"
                values = ["1.2", "1.1"]
                prefix = { s = ["urn:soap12", "urn:soap11/"] }
                texts = [["urn:soap12/next", "urn:actor/next"]]
                [axis.trust]
                about = "Trust"
                values = ["1.3", "2005/02"]
                prefix = { wst = ["urn:wst13", "urn:soap12"] }
            "#
            .into(),
        };
        let mut problems = Vec::new();
        let read = Vocabulary::read(&Arc::new(text), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        read
    }

    fn variant(soap: &str, trust: &str) -> Variant {
        Variant([(Axis::Soap, soap.to_owned()), (Axis::Trust, trust.to_owned())].into())
    }

    #[test]
    fn the_first_variant_is_the_source_itself() {
        let source = "<a xmlns='urn:soap12' b='urn:wst13'/>";
        assert_eq!(vocabulary().translate(source, &variant("1.2", "1.3")), source);
    }

    #[test]
    fn the_longest_text_wins_and_the_rest_is_untouched() {
        let translated = vocabulary().translate("é urn:soap12/next urn:soap12 urn:soap1", &variant("1.1", "1.3"));
        assert_eq!(translated, "é urn:actor/next urn:soap11/ urn:soap1");
    }

    #[test]
    fn what_was_put_in_is_not_translated_again() {
        // `urn:wst13` becomes `urn:soap12`, which is itself a source text of the other axis.
        assert_eq!(vocabulary().translate("urn:wst13", &variant("1.1", "2005/02")), "urn:soap12");
    }

    #[test]
    fn a_prefix_follows_the_variant() {
        let bindings = vocabulary().bindings(&variant("1.1", "1.3"));
        assert_eq!(bindings["s"], "urn:soap11/");
        assert_eq!(bindings["wst"], "urn:wst13");
        assert_eq!(bindings["ds"], "urn:ds");
    }

    #[test]
    fn a_short_row_is_refused() {
        let text = "prefix = {}\n[axis.soap]\nabout=''\nvalues=['1', '2']\nprefix = { s = ['only one'] }\n";
        let mut problems = Vec::new();
        Vocabulary::read(&Arc::new(Text { name: "v".into(), text: text.into() }), &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
