//! The share of a campaign that one process does, and how far it came.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Which share of the numbers is a process's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which, counted from one.
    pub index: u64,
    /// Of how many.
    pub of: u64,
}

/// A share, and what of it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Which numbers are its own.
    pub shard: Shard,
    /// The number that comes next: its own ones before that are done.
    pub next: u64,
    /// What is done of those that follow, where a block was broken off.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub beyond: BTreeSet<u64>,
}

impl Shard {
    /// All numbers.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether a number is its own.
    pub fn has(self, number: u64) -> bool {
        number % self.of == self.index - 1
    }
}

impl Share {
    /// A share of which nothing is done.
    pub fn new(shard: Shard) -> Self {
        Self { shard, next: 0, beyond: BTreeSet::new() }
    }

    /// What is left of it before a number.
    pub fn left(&self, end: u64) -> impl Iterator<Item = u64> {
        (self.next..end).filter(|number| self.shard.has(*number) && !self.beyond.contains(number))
    }

    /// The number behind the last one that is done.
    pub fn end(&self) -> u64 {
        self.beyond.last().map_or(self.next, |last| self.next.max(last + 1))
    }

    /// Everything before that number is done.
    pub fn reached(&mut self, end: u64) {
        self.next = end;
        self.beyond.retain(|number| *number >= end);
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no share: write I/N, as in 1/4, with I from 1 to N");
        let (index, of) = text.split_once('/').ok_or_else(wrong)?;
        let (index, of) = (index.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if index == 0 || index > of { Err(wrong()) } else { Ok(Self { index, of }) }
    }
}
