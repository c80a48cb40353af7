//! Misbehaviours that are more than one `if` where the truth is told: edits of what a token says, and of signatures.

pub(crate) mod algorithms;
pub(crate) mod signature;
pub(crate) mod text;
pub(crate) mod token;
