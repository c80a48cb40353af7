//! The misbehaviours by name: what `wrong.toml` lists, as constants and as a set that a request carries.
//!
//! ```
//! use mock_sts::wrong::{Wrong, Wrongs};
//!
//! let armed: Wrongs = "rstr.no-context,sig.none".parse()?;
//! assert!(armed.has(Wrong::RSTR_NO_CONTEXT));
//! assert!(!armed.has(Wrong::SIG_VALUE_FLIPPED));
//! # Ok::<(), mock_sts::wrong::UnknownWrong>(())
//! ```

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

include!(concat!(env!("OUT_DIR"), "/wrong_names.rs"));

/// One misbehaviour of the catalogue; its constants are named after `wrong.toml`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wrong(u16);

/// What the catalogue says about a misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WrongInfo {
    /// The misbehaviour itself.
    #[serde(skip)]
    pub wrong: Wrong,
    /// The Rust constant, as `RSTR_NO_CONTEXT`.
    pub constant: &'static str,
    /// The name that is used everywhere, as `rstr.no-context`.
    pub name: &'static str,
    /// The part of the name before the dot.
    pub group: &'static str,
    /// The requirements that such an answer breaks; may be none.
    pub clauses: &'static [&'static str],
    /// What the answer does.
    pub what: &'static str,
    /// Whom it harms, and how.
    pub why: &'static str,
}

/// Every misbehaviour, in the order of `wrong.toml`.
pub fn catalogue() -> &'static [WrongInfo] {
    CATALOGUE
}

impl Wrong {
    /// Finds a misbehaviour by its name; the error names the nearest one there is.
    pub fn by_name(name: &str) -> Result<Self, UnknownWrong> {
        let known = CATALOGUE.iter().find(|info| info.name == name);
        known.map(|info| info.wrong).ok_or_else(|| UnknownWrong { name: name.to_owned(), nearest: nearest(name) })
    }

    /// What the catalogue says about it.
    pub fn info(self) -> &'static WrongInfo {
        &CATALOGUE[usize::from(self.0)]
    }

    /// Its name, as `rstr.no-context`.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Debug for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wrong({})", self.name())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Wrong {
    type Err = UnknownWrong;

    fn from_str(name: &str) -> Result<Self, UnknownWrong> {
        Self::by_name(name)
    }
}

/// A name that the catalogue does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no misbehaviour named \"{name}\"{}", suggestion(*.nearest))]
pub struct UnknownWrong {
    /// The name as it was given.
    pub name: String,
    /// The nearest name of the catalogue, where one is near enough to be meant.
    pub nearest: Option<&'static str>,
}

fn suggestion(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean \"{name}\"? `mock-sts wrong` lists all"),
        None => "; `mock-sts wrong` lists all".to_owned(),
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let scored = CATALOGUE.iter().map(|info| {
        // Who forgets the group still means this name.
        let bare = info.name.split_once('.').map_or(info.name, |(_, bare)| bare);
        let score = strsim::jaro_winkler(info.name, name).max(strsim::jaro_winkler(bare, name));
        (score, info.name)
    });
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.8).map(|(_, name)| name)
}

/// The set of misbehaviours that apply to one answer; empty by default, cheap to copy and to ask.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Wrongs([u64; WORDS]);

impl Wrongs {
    /// The set without any: the true answer.
    pub const RIGHT: Self = Self([0; WORDS]);

    /// Whether this misbehaviour is asked for.
    #[inline]
    pub fn has(self, wrong: Wrong) -> bool {
        self.0[usize::from(wrong.0) / 64] & (1 << (wrong.0 % 64)) != 0
    }

    /// Whether the true answer is asked for.
    pub fn is_empty(self) -> bool {
        self == Self::RIGHT
    }

    /// The set with one more.
    #[must_use]
    pub fn with(mut self, wrong: Wrong) -> Self {
        self.0[usize::from(wrong.0) / 64] |= 1 << (wrong.0 % 64);
        self
    }

    /// The set with one fewer.
    #[must_use]
    pub fn without(mut self, wrong: Wrong) -> Self {
        self.0[usize::from(wrong.0) / 64] &= !(1 << (wrong.0 % 64));
        self
    }

    /// Everything that either set has.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
        self
    }

    /// What the set has, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Wrong> {
        CATALOGUE.iter().map(|info| info.wrong).filter(move |wrong| self.has(*wrong))
    }
}

impl FromIterator<Wrong> for Wrongs {
    fn from_iter<I: IntoIterator<Item = Wrong>>(wrongs: I) -> Self {
        wrongs.into_iter().fold(Self::RIGHT, Self::with)
    }
}

impl From<Wrong> for Wrongs {
    fn from(wrong: Wrong) -> Self {
        Self::RIGHT.with(wrong)
    }
}

impl FromStr for Wrongs {
    type Err = UnknownWrong;

    /// Reads names with commas between them; nothing at all is the empty set.
    fn from_str(names: &str) -> Result<Self, UnknownWrong> {
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Wrong::by_name).collect()
    }
}

impl fmt::Display for Wrongs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, wrong) in self.iter().enumerate() {
            write!(f, "{}{wrong}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Wrongs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wrongs({self})")
    }
}

/// Splits a user name that asks for misbehaviours, as `alice+sig.none,rstr.no-context`, into the user and what is asked.
///
/// None when nothing is asked: a plus sign with no known name behind it is part of the user's name.
pub fn split_user(user: &str) -> Option<(&str, Wrongs)> {
    let (name, asked) = user.split_once('+')?;
    let wrongs: Wrongs = asked.parse().ok()?;
    (!wrongs.is_empty()).then_some((name, wrongs))
}

/// The path `/w/NAME[,NAME]/sts` taken apart: what is asked for, and the path that is meant.
pub(crate) fn split_path(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/w/")?;
    Some(rest.split_at(rest.find('/')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_own_constant() {
        for info in catalogue() {
            assert_eq!(Wrong::by_name(info.name), Ok(info.wrong));
            assert_eq!(info.wrong.info(), info);
        }
        assert_eq!(Wrong::RSTR_NO_CONTEXT.name(), "rstr.no-context");
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_nearest_one() {
        for typo in ["rstr.no-contxt", "no-context", "rstr-no-context"] {
            let error = Wrong::by_name(typo).unwrap_err();
            assert_eq!(error.nearest, Some("rstr.no-context"), "{typo}");
        }
        let far = Wrong::by_name("xyzzy").unwrap_err();
        assert_eq!(far.to_string(), "there is no misbehaviour named \"xyzzy\"; `mock-sts wrong` lists all");
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        for chosen in catalogue() {
            let set = Wrongs::from(chosen.wrong);
            assert_eq!(set.iter().collect::<Vec<_>>(), [chosen.wrong]);
            assert!(set.without(chosen.wrong).is_empty());
        }
        let all: Wrongs = catalogue().iter().map(|info| info.wrong).collect();
        assert_eq!(all.to_string().parse(), Ok(all));
    }

    #[test]
    fn a_list_of_names_may_have_blanks_and_may_be_empty() {
        let two = Wrongs::from(Wrong::SIG_NONE).with(Wrong::RSTR_NO_CONTEXT);
        assert_eq!(" sig.none , rstr.no-context,".parse(), Ok(two));
        assert_eq!("".parse(), Ok(Wrongs::RIGHT));
    }

    #[test]
    fn a_user_name_may_ask_and_may_have_a_plus_of_its_own() {
        assert_eq!(split_user("alice+sig.none"), Some(("alice", Wrong::SIG_NONE.into())));
        for name in ["alice", "alice+", "alice+work", "alice+sig.none,nonsense"] {
            assert_eq!(split_user(name), None, "{name}");
        }
    }
}
