//! A finished run as one value: what every report is written from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stsproof_judge::place::Place;

use super::Verdict;
use crate::exchange::transcript::Exchange;
use crate::shell::quoted;

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The form of this document; raised when a reader of the old one would misread the new one.
    pub format: u32,
    /// The version of the tool.
    pub tool: String,
    /// The digest of the cases, rules and requirements that were used.
    pub suite: String,
    /// What was tested.
    pub target: Target,
    /// When the run began, as xs:dateTime in UTC.
    pub started: String,
    /// The one word about the target.
    pub conclusion: Conclusion,
    /// Why the run could not go on, if it could not.
    pub halted: Option<String>,
    /// How many cases got each verdict.
    pub totals: Totals,
    /// Every row of the register that the selected cases and rules reach.
    pub requirements: Vec<RequirementVerdict>,
    /// Every case in every variant.
    pub cases: Vec<CaseVerdict>,
    /// Every rule that applies to answers, whatever was asked.
    pub rules: Vec<RuleVerdict>,
    /// Every deviation that the profile lists.
    #[serde(default)]
    pub deviations: Vec<Deviation>,
}

/// A deviation that the profile lists, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deviation {
    /// The requirement, or the case with the part of its variant that is meant.
    pub of: String,
    /// The verdict that is expected instead of a pass.
    pub verdict: Verdict,
    /// Why it is accepted for now.
    pub reason: String,
    /// The file with the exchange that shows it, as the profile names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// What became of it.
    pub state: DeviationState,
}

/// What became of a deviation that the profile lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviationState {
    /// It is still there.
    Seen,
    /// It is there, and worse than the profile says: that is not excused.
    Worse,
    /// It has gone: all that it speaks of was asked and passes.
    Stale,
    /// Not all that it speaks of was asked or answered.
    Open,
    /// The last day on which it is accepted is over.
    Over,
}

/// What was tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its name: from the profile, or the URL.
    pub name: String,
    /// The endpoint that is asked first.
    pub url: String,
    /// The command that repeats the run.
    pub again: String,
}

/// The one word about the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Every demand that could be tested is met, or its breach is expected by the profile.
    Conformant,
    /// A demand is not met, or an expected deviation has gone and is still listed.
    NonConformant,
    /// No breach was seen, but not everything could be looked at.
    Incomplete,
}

/// How many got each verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Totals(pub BTreeMap<Verdict, usize>);

/// What became of one case in one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseVerdict {
    /// The case with its variant, such as `issue/minimal@soap=1.1,trust=1.3`: what `--case` takes.
    pub name: String,
    /// The case's id.
    pub case: String,
    /// The values of the axes that it varies over.
    pub variant: String,
    /// The value of every axis, also of those that it does not vary.
    #[serde(default)]
    pub axes: BTreeMap<String, String>,
    /// The rule that it states.
    pub title: String,
    /// What breaks for whom.
    pub why: String,
    /// What happened.
    pub verdict: Verdict,
    /// What the profile expected.
    pub expectation: Option<Expectation>,
    /// What was found, worst first; empty for a plain pass.
    pub findings: Vec<Finding>,
    /// The worst verdict for each row of the register that it covers.
    pub requirements: BTreeMap<String, Verdict>,
    /// What went over the wire.
    pub evidence: Evidence,
    /// The commands that ask it again, where that is not the command of the run with `--case`.
    #[serde(default)]
    pub again: Option<String>,
}

/// What went over the wire for one case, secrets taken out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Evidence {
    /// Each exchange in order.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub exchanges: Vec<Exchange>,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How it counts.
    pub verdict: Verdict,
    /// The row of the register that it speaks about, where there is one.
    pub requirement: Option<String>,
    /// The step of the case.
    pub step: String,
    /// Which check of the step or rule it comes from, counted from one; none for the kind of answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<usize>,
    /// In words: what was looked for and what was there.
    pub message: String,
    /// What the specification wants there.
    pub expected: Option<String>,
    /// What was there.
    pub found: Option<String>,
    /// Line and column in the answer.
    pub place: Option<String>,
    /// The node that it is about, for whoever wants to mark it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
}

/// A node of what went over the wire, by where it begins and ends in the document as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spot {
    /// Which document: `answer`, `token` (as it is by itself, cut out of the answer) or `request`.
    pub document: String,
    /// Its first character.
    pub from: Position,
    /// The character after its last.
    pub to: Position,
}

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in that line, from 1.
    pub column: usize,
}

impl From<Place> for Position {
    fn from(place: Place) -> Self {
        Self { line: place.line, column: place.column }
    }
}

/// What became of one rule over all answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleVerdict {
    /// The rule's id.
    pub rule: String,
    /// What it states.
    pub title: String,
    /// What breaks for whom.
    pub why: String,
    /// The worst of what was found.
    pub verdict: Verdict,
    /// What the profile expected.
    pub expectation: Option<Expectation>,
    /// How many answers it could be held against.
    pub applied: usize,
    /// How many of them broke it.
    pub broken: usize,
    /// The worst verdict for each row of the register that it covers.
    pub requirements: BTreeMap<String, Verdict>,
    /// The first answers that broke it.
    pub occurrences: Vec<Occurrence>,
}

/// One answer that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occurrence {
    /// The case, with its variant, whose answer it was.
    pub case: String,
    /// What was found.
    pub finding: Finding,
}

/// What became of one row of the register: the worst of its cases and rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementVerdict {
    /// Its id.
    pub id: String,
    /// The specification that says it.
    pub spec: String,
    /// Where in it.
    pub section: String,
    /// The keyword that it uses.
    pub level: String,
    /// What it says, in our words.
    pub text: String,
    /// The worst verdict.
    pub verdict: Verdict,
    /// What the profile expected.
    pub expectation: Option<Expectation>,
    /// Where the verdict comes from.
    pub sources: Vec<Source>,
}

/// A case or rule that spoke about a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// A case with its variant, or `rule` and its id.
    pub name: String,
    /// What it says about this requirement.
    pub verdict: Verdict,
}

/// How a verdict stands to what the profile expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Expectation {
    /// A deviation that the profile lists.
    Expected {
        /// Why the target may deviate.
        reason: String,
    },
    /// The profile lists a deviation that was not seen.
    Stale {
        /// The reason that no longer holds.
        reason: String,
    },
}

impl Run {
    /// The commands that ask one case again.
    pub fn again(&self, case: &str) -> String {
        let own = self.cases.iter().find(|one| one.name == case).and_then(|one| one.again.clone());
        own.unwrap_or_else(|| format!("{} --case {}", self.target.again, quoted(case)))
    }
}

impl Totals {
    /// Counts verdicts.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut counts = BTreeMap::new();
        for verdict in verdicts {
            *counts.entry(verdict).or_insert(0) += 1;
        }
        Self(counts)
    }

    /// How many got this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or(0)
    }
}

impl Expectation {
    /// Whether a breach is excused by it.
    pub fn excuses(this: Option<&Self>) -> bool {
        matches!(this, Some(Self::Expected { .. }))
    }
}
