//! The whole run for programs. Its form is API and described by a JSON Schema.

use std::io::{self, Write};

use crate::verdict::Run;

/// Writes the run as JSON.
pub(super) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, run)?;
    writeln!(out)
}

/// The JSON Schema of a run, made from the types themselves.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Run).to_value()
}
