//! What was typed, as a whole, and what is around the program.

use std::io::Write;

use clap::{ColorChoice, Parser, Subcommand};

use super::{coverage, export, fuzz, init, judge, lint, list, merge, promote, report, run, show};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::schema;

/// Proves a WS-Trust Security Token Service against the standard, clause by clause.
#[derive(Debug, Parser)]
#[command(name = "stsproof", version, about, max_term_width = 100, after_help = EXITS)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: ColorChoice,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Ask a target everything and say what holds; without a target, the bundled mock.
    Run(Box<run::Run>),
    /// Write a profile from what a service publishes about itself.
    Init(Box<init::Init>),
    /// Send generated messages; without a target, to the bundled mock.
    Fuzz(Box<fuzz::Fuzz>),
    /// Put the shares of one campaign together and report them as the whole.
    Merge(merge::Merge),
    /// Write what a campaign found as ordinary cases.
    Promote(promote::Promote),
    /// Print what would be sent, and what would not and why.
    List(list::List),
    /// Print one case: why, which clauses, the request, the checks in words.
    Show(show::Show),
    /// Compute the verdicts of a recording again, without a network.
    Judge(judge::Judge),
    /// Write reports of a finished run, or lay several runs side by side.
    Report(report::Report),
    /// Check the cases, the rules and the register.
    Lint(lint::Lint),
    /// Count the requirements that are covered, untested with a reason, and open.
    Coverage(coverage::Coverage),
    /// Write the cases, rules and requirements to a folder.
    Export(export::Export),
    /// Print the JSON Schema of a JSON report.
    Schema,
}

/// The surroundings that a verb may look at, read once.
pub struct Surroundings<'a> {
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether standard output takes colours.
    pub colour: bool,
    /// Whether someone looks at standard error.
    pub interactive: bool,
}

const EXITS: &str = "\
Exit codes:
  0   conformant, or only deviations that the profile expects
  1   not conformant, or the profile lists a deviation that has gone
  2   wrong use, or a bad case, profile or recording; a password, key or file that is not there
  3   incomplete: the target could not be asked everything
  4   nothing selected
  70  a mistake of this program";

impl Arguments {
    /// Does what was asked.
    pub fn run(&self, around: &Surroundings<'_>, out: &mut impl Write) -> Result<Exit, Error> {
        match &self.verb {
            Verb::Run(arguments) => return run::run(arguments, around, out),
            Verb::Judge(arguments) => return judge::judge(arguments, around, out),
            Verb::Report(arguments) => return report::report(arguments, around, out),
            Verb::Init(arguments) => init::init(arguments, out)?,
            Verb::Fuzz(arguments) => return fuzz::fuzz(arguments, around, out),
            Verb::Merge(arguments) => return merge::merge(arguments, around, out),
            Verb::Promote(arguments) => promote::promote(arguments, out)?,
            Verb::List(arguments) => list::list(arguments, out)?,
            Verb::Show(arguments) => show::show(arguments, out)?,
            Verb::Lint(arguments) => lint::lint(arguments, out)?,
            Verb::Coverage(arguments) => coverage::coverage(arguments, out)?,
            Verb::Export(arguments) => export::export(arguments, out)?,
            Verb::Schema => writeln!(out, "{:#}", schema())?,
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// What clap asserts only when a verb is asked for, it asserts here for all of them.
    #[test]
    fn no_verb_contradicts_itself() {
        Arguments::command().debug_assert();
    }
}
