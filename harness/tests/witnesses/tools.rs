//! Other people's tools, whose word counts where ours would agree with itself: which are here, and what to do where
//! they are not. The tests of every crate share this.
//!
//! Where a tool is missing a test says "not run" and passes; with `STSPROOF_WITNESSES=require` it fails.
//! `STSPROOF_PYTHON` names a Python that has what `requirements.txt` lists; otherwise it is `python3`.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::Command;

/// Tools that are Python packages; all others are programs.
const PACKAGES: [&str; 2] = ["jsonschema", "signxml"];

/// Whether all witnesses have to be heard, and in full.
pub(crate) fn required() -> bool {
    std::env::var_os("STSPROOF_WITNESSES").is_some_and(|value| value == "require")
}

/// A Python about to run.
pub(crate) fn python() -> Command {
    Command::new(std::env::var_os("STSPROOF_PYTHON").unwrap_or_else(|| OsString::from("python3")))
}

/// Whether these tools are all here, by the name of a program or of a Python package.
pub(crate) fn are_here(test: &str, tools: &[&str]) -> bool {
    tools.iter().all(|tool| is_here(tool) || missing(test, tool))
}

/// Says that a test is not run, past the capture of the test runner: a run without witnesses must not look like one
/// with them.
fn missing(test: &str, what: &str) -> bool {
    assert!(!required(), "{what} is missing, and STSPROOF_WITNESSES=require");
    let _ = writeln!(std::io::stderr(), "not run: {test}: {what} is missing");
    false
}

fn is_here(tool: &str) -> bool {
    let mut question = if PACKAGES.contains(&tool) { python() } else { Command::new(tool) };
    if PACKAGES.contains(&tool) {
        question.arg("-c").arg(format!("import {tool}"));
    } else {
        question.arg("--version");
    }
    question.output().is_ok_and(|answer| answer.status.success())
}
