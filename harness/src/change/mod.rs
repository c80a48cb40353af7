//! The operators of `change`: one closed set of rewrites of a source text.
//!
//! They act on ranges of the source, so that every byte outside the edit stays as it was written, placeholders included.

mod operator;
pub mod tag;

pub use operator::{Operator, Place, RawOperator};
