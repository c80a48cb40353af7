//! Messages that nobody thought of: drawn, labelled, sent, judged, made small, and turned into ordinary cases.

pub mod bucket;
pub mod campaign;
mod course;
pub mod data;
pub mod draw;
pub mod field;
pub mod ground;
mod known;
pub mod label;
pub mod locus;
pub mod oracle;
pub mod outcome;
pub mod part;
pub mod promote;
mod render;
pub mod script;
pub mod shape;
pub mod share;
pub mod shrink;
