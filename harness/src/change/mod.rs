//! The operators of `change`: one closed set of rewrites of a source text.

/// One rewrite.
#[derive(Debug, Clone)]
pub enum Operator {}
