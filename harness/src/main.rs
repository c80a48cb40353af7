//! The program: reads arguments and surroundings, and turns what came of them into an exit code.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{ColorChoice, Parser};
use stsproof::cli::{Arguments, Surroundings, ended};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let wants_colour = |terminal: bool| match arguments.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => terminal && environment("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let around = Surroundings {
        env: &environment,
        colour: wants_colour(io::stdout().is_terminal()),
        interactive: io::stderr().is_terminal(),
    };
    let mut out = Pipe(io::stdout().lock());
    let colour = wants_colour(io::stderr().is_terminal());
    ended(|| arguments.run(&around, &mut out), &mut io::stderr(), colour).into()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Standard output whose reader may have gone: who pipes into `head` does not want an error.
struct Pipe<W>(W);

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        forgive(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        forgive(self.0.flush(), ())
    }
}

fn forgive<T>(result: io::Result<T>, instead: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(instead),
        other => other,
    }
}
