//! The operators of `change`: one closed set of rewrites of a source text.
//!
//! They act on ranges of the source, so that every byte outside the edit stays as it was written, placeholders included.

mod apply;
mod octets;
mod operator;
mod rewrite;
mod table;
pub mod tag;

pub(crate) use apply::apply_from;
pub use apply::{ChangeError, apply, apply_beside, apply_unread};
pub(crate) use octets::Charset;
pub use octets::{OctetError, OctetOperator, RawOctetOperator, apply_octets};
pub use operator::{Base, Operator, Other, Place};
pub use rewrite::Rewrite;
pub use table::RawOperator;
