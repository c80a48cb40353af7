//! The operators of `change`: one closed set of rewrites of a source text.
//!
//! They act on ranges of the source, so that every byte outside the edit stays as it was written, placeholders included.

mod apply;
mod operator;
pub mod tag;

pub use apply::{ChangeError, apply};
pub use operator::{Operator, Place, RawOperator};
