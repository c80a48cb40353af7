//! Cases times variants, held against what the target claims: what will be sent, and what is inapplicable and why.

use crate::case::model::{Case, Variant};

/// One case in one variant, and whether it will be sent.
#[derive(Debug, Clone)]
pub struct Planned<'a> {
    /// The case.
    pub case: &'a Case,
    /// One value for every axis.
    pub variant: Variant,
    /// `None` if it will be sent, otherwise the reason why it makes no sense for this target.
    pub inapplicable: Option<String>,
}
