//! Every case in every variant is a test: the bundled mock conforms, and answers as its golden answers say.
//!
//! What is inapplicable is decided in the plan and shown as ignored: a skip at run time would print as a pass.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use stsproof::exchange::transcript::{Outcome, Transcript};
use stsproof::observe::Observer;
use stsproof::plan::Planned;
use stsproof::report::{self, Style};
use stsproof::snapshot::of_answer;
use stsproof::verdict::{Run, Verdict};

use support::{PLAN, SUITE, ask, judge, mock, target};

fn main() {
    let trials = PLAN.iter().map(|planned| {
        let inapplicable = planned.inapplicable.is_some();
        Trial::test(planned.id(), move || conforms(planned)).with_ignored_flag(inapplicable)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn conforms(planned: &Planned<'static>) -> Result<(), Failed> {
    let mock = mock("");
    let planned_alone = std::slice::from_ref(planned);
    let target = target(&mock);
    let transcripts = ask(&mock, planned_alone, &Observer::new(&SUITE, &target));
    no_complaint(&judge(planned_alone, &transcripts))?;
    let transcript = transcripts.into_iter().flatten().next().ok_or("it was not sent")?;
    golden(planned, &transcript, &mock.url())
}

/// The mock is right by default: no case may say anything about it, not even a remark on a code, and no rule anything
/// against it. A rule may remark on what the texts leave open: the mock says its faults in words of its own.
fn no_complaint(run: &Run) -> Result<(), Failed> {
    let cases = run.cases.iter().all(|case| case.verdict == Verdict::Pass);
    let rules = run.rules.iter().all(|rule| rule.verdict <= Verdict::Note);
    if cases && rules {
        return Ok(());
    }
    let mut text = Vec::new();
    report::write_terminal(run, Style { colour: false, verbose: true }, &mut text)?;
    Err(String::from_utf8_lossy(&text).into_owned().into())
}

/// Compares each answer with the reviewed one in `golden/`.
fn golden(planned: &Planned<'_>, transcript: &Transcript, url: &str) -> Result<(), Failed> {
    for exchange in &transcript.exchanges {
        let Outcome::Answered(answer) = &exchange.outcome else { return Err("there is no answer".into()) };
        let view = of_answer(answer).replace(url, "{{to}}");
        let id = planned.id();
        let (folder, name) = id.rsplit_once('/').unwrap_or(("", &id));
        let step = if transcript.exchanges.len() > 1 { format!(".{}", exchange.step) } else { String::new() };
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(format!("{}/../golden/{folder}", env!("CARGO_MANIFEST_DIR")));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(planned.case.title.clone());
        settings.bind(|| insta::assert_snapshot!(format!("{name}{step}"), view));
    }
    Ok(())
}
