//! The language of checks: where to look, and one typed statement about what is there.

use serde::Deserialize;

/// A statement about an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Check {
    /// The requirement that it tests, where a case covers several.
    pub clause: Option<String>,
}
