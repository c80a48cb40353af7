//! What a case is, and how it is read from files.

mod build;
mod forms;
pub mod hostile;
pub mod lint;
pub(crate) mod load;
pub mod model;
pub(crate) mod placeholder;
pub(crate) mod raw;
pub(crate) mod rules;
mod step;
pub(crate) mod words;
