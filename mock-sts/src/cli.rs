//! The command line: arguments checked once, then one function a verb.

mod health;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::keys;
use crate::wrong::catalogue;

/// Reads the process's arguments and does what they say; `main` is nothing but this.
///
/// Exit codes: 0 done, or stopped when asked to · 1 it could not be done · 2 it was asked for wrongly.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; clap knows where each goes.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(arguments.verb, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has had enough of it, as `head` has: that is no failure.
        Err(failure) if failure.is_unread => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "mock-sts: {}", failure.message);
            failure.code
        }
    }
}

/// A WS-Trust Security Token Service for tests: right by default, wrong by name.
#[derive(Debug, Parser)]
#[command(name = "mock-sts", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, or stopped when asked to; 1 it could not be done; 2 it was asked for wrongly.

Its keys are published with its source. Trust nothing it signs outside a test.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Answers WS-Trust requests until it is told to stop (SIGTERM, SIGINT)
    Serve(Box<serve::Options>),
    /// Lists the misbehaviours that `serve --wrong`, the URL, the header and the user name take
    Wrong(WrongOptions),
    /// Prints the certificate that clients of the HTTPS port have to trust
    Ca,
    /// Asks a running mock whether it is well
    Healthcheck {
        /// Its address, as in the ready line; `http://` or `https://`
        url: String,
    },
}

#[derive(Debug, Args)]
struct WrongOptions {
    /// As JSON, with the requirements that each one breaks
    #[arg(long)]
    json: bool,
}

/// Why it was not done, and the exit code that says so.
#[derive(Debug)]
struct Failure {
    message: String,
    code: ExitCode,
    /// Nobody reads the output any more.
    is_unread: bool,
}

impl Failure {
    /// It could not be done.
    fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: ExitCode::from(1), is_unread: false }
    }

    /// It was asked for wrongly.
    fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: ExitCode::from(2), is_unread: false }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_unread = error.kind() == io::ErrorKind::BrokenPipe;
        Self { is_unread, ..Self::failed(format!("standard output: {error}")) }
    }
}

fn run(verb: Verb, out: &mut impl Write) -> Result<(), Failure> {
    match verb {
        Verb::Serve(options) => serve::serve(*options, out),
        Verb::Wrong(options) => Ok(list(&options, out)?),
        Verb::Ca => Ok(out.write_all(keys::CA.certificate.as_bytes())?),
        Verb::Healthcheck { url } => health::check(&url, out),
    }
}

fn list(options: &WrongOptions, out: &mut impl Write) -> io::Result<()> {
    if options.json {
        serde_json::to_writer_pretty(&mut *out, catalogue())?;
        return writeln!(out);
    }
    let width = catalogue().iter().map(|info| info.name.len()).max().unwrap_or_default();
    for info in catalogue() {
        writeln!(out, "{:width$}  {}", info.name, info.what)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn output(arguments: &[&str]) -> String {
        let mut out = Vec::new();
        let parsed = Arguments::try_parse_from([&["mock-sts"], arguments].concat()).expect("good arguments");
        run(parsed.verb, &mut out).expect("it can be done");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_list_has_a_line_for_each_misbehaviour() {
        let lines = output(&["wrong"]);
        assert_eq!(lines.lines().count(), catalogue().len());
        assert!(lines.contains("rstr.no-context"), "{lines}");
    }

    #[test]
    fn the_json_list_names_the_requirements() {
        let list: serde_json::Value = serde_json::from_str(&output(&["wrong", "--json"])).unwrap();
        assert_eq!(list[0]["name"], "rstr.no-context");
        assert_eq!(list[0]["clauses"][0], "wst.rstr.context-echo");
        assert_eq!(list.as_array().unwrap().len(), catalogue().len());
    }

    #[test]
    fn the_ca_is_the_published_one() {
        assert_eq!(output(&["ca"]), keys::CA.certificate);
    }
}
