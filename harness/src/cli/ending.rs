//! How the program ends: what is told about an error, and what about a mistake of our own.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::exit::Exit;

/// Runs a verb to whatever end it takes, and tells `err` what went wrong. A panic is our own bug, and never looks like
/// a verdict on a target.
pub fn ended(verb: impl FnOnce() -> Result<Exit, Error>, mut err: &mut dyn Write, colour: bool) -> Exit {
    // Nothing is left to tell it to when standard error is closed, too.
    match catch_unwind(AssertUnwindSafe(verb)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            let _ = error.write(&mut err, colour);
            error.exit()
        }
        Err(_) => {
            let _ = writeln!(err, "bug: stsproof panicked; please report it with the command and the text above");
            Exit::Bug
        }
    }
}
