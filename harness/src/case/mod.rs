//! What a case is, and how it is read from files.

pub mod model;
