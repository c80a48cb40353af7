//! What happened, on one scale.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::profile::ExpectedVerdict;
use crate::requirement::Severity;

/// What happened. The order is that of badness, so that the worst of several is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target does not claim what the case needs.
    Inapplicable,
    /// As the specification wants it.
    Pass,
    /// Allowed, but second best; or a remark on a statement that the specification leaves open.
    Note,
    /// A recommendation (SHOULD) is not followed.
    Warn,
    /// Could not be looked at, since something that it stands on broke.
    Blocked,
    /// Our own fault or the network's.
    Error,
    /// A demand (MUST) is not met.
    Fail,
}

impl Verdict {
    /// All verdicts, from the best to the worst.
    pub const ALL: [Self; 7] =
        [Self::Inapplicable, Self::Pass, Self::Note, Self::Warn, Self::Blocked, Self::Error, Self::Fail];

    /// The word used in every report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inapplicable => "inapplicable",
            Self::Pass => "pass",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Blocked => "blocked",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }

    /// Whether it leaves the question open.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Blocked | Self::Error)
    }

    /// Whether it says something against the target.
    pub fn is_against(self) -> bool {
        matches!(self, Self::Warn | Self::Fail)
    }
}

impl From<Severity> for Verdict {
    /// The verdict on a statement of this severity that does not hold.
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Note,
            Severity::Warn => Self::Warn,
            Severity::Fail => Self::Fail,
        }
    }
}

impl From<ExpectedVerdict> for Verdict {
    fn from(expected: ExpectedVerdict) -> Self {
        match expected {
            ExpectedVerdict::Note => Self::Note,
            ExpectedVerdict::Warn => Self::Warn,
            ExpectedVerdict::Blocked => Self::Blocked,
            ExpectedVerdict::Fail => Self::Fail,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
