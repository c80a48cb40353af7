//! The whole run for programs. Its form is API and described by a JSON Schema.

use std::io::{self, Write};

use serde::Deserialize;

use crate::verdict::{self, Run};

/// Writes the run as JSON.
pub(super) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, run)?;
    writeln!(out)
}

/// Why a JSON report cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It has a form that this program does not know.
    Format(String),
    /// It is no report.
    Other(String),
}

/// Reads a run from its JSON report.
pub fn read(bytes: &[u8]) -> Result<Run, Unread> {
    let head: Head =
        serde_json::from_slice(bytes).map_err(|error| Unread::Other(format!("it is no JSON report: {error}")))?;
    if head.format != verdict::FORMAT {
        let cause = format!("the report has format {}, this program reads {}", head.format, verdict::FORMAT);
        return Err(Unread::Format(cause));
    }
    serde_json::from_slice(bytes).map_err(|error| Unread::Other(format!("it is no whole JSON report: {error}")))
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// The JSON Schema of a run, made from the types themselves.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Run).to_value()
}
