//! The operators of `change`: one closed set of rewrites of a source text.
//!
//! They act on ranges of the source, so that every byte outside the edit stays as it was written, placeholders included.

mod apply;
mod octets;
mod operator;
mod table;
pub mod tag;

pub use apply::{ChangeError, apply, apply_beside};
pub use octets::{OctetError, OctetOperator, RawOctetOperator, apply_octets};
pub use operator::{Base, Operator, Other, Place};
pub use table::RawOperator;
