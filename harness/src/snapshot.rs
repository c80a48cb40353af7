//! A target's answers on disk, to see what changed since the last run. Information beside the verdict, never a verdict.
//!
//! An answer is written as an indented view in which values that differ from run to run are named holes. Holes are
//! told by the name of the element or attribute, never by what a text looks like; equal ids and equal times get equal
//! holes, so that what refers to what stays visible.

mod store;
mod view;

pub use store::{Change, Store};
pub use view::of_answer;
