//! A run in this process that gets a hostile answer.

use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use mock_sts::MockSts;
use stsproof::answers::{Form, Wire};
use stsproof::case::model::Capability;
use stsproof::exchange::drive::{Exchanger, Options};
use stsproof::exchange::target::Target;
use stsproof::exchange::transcript::Transcript;
use stsproof::observe::Observer;
use stsproof::plan::{Planned, plan};
use stsproof::profile::Profile;
use stsproof::profile::reference::{self, Surroundings};
use stsproof::report::{self, Evidence, Format, Style};
use stsproof::verdict::{self, Run, Setting, Verdict};
use stsproof_judge::tree::Tree;

use crate::door::{Clock, Door};
use crate::support::{PROFILE, SUITE};
use crate::{Ended, figures};

/// When a run has to be over whatever it was answered: many times the time-out, since the machine may be busy.
const LATEST: Duration = Duration::from_secs(30);

/// How many seconds are waited for an answer: not long where none comes, and long where one does.
pub(crate) fn patience(form: &Form) -> u64 {
    match form.wire {
        Some(Wire::Silent | Wire::ContinueFlood | Wire::Drip(_) | Wire::SpaceDrip(_)) => 1,
        _ => 10,
    }
}

/// The mock's profile, with what the mock does not offer and a hostile answer may pretend.
static CLAIMING: LazyLock<Profile> = LazyLock::new(|| {
    let mut profile = PROFILE.clone();
    profile.claims.extend(["validate", "renew", "cancel", "sct"].map(|name| Capability(name.to_owned())));
    profile
});

static PLAN: LazyLock<Vec<Planned<'static>>> = LazyLock::new(|| plan(&SUITE, &CLAIMING));

/// Asks, and tells how the run ends.
pub(crate) fn end(name: &str, form: &'static Form) -> Result<Ended, Failed> {
    let planned = planned(form)?;
    let steps = planned.case.steps(&planned.variant).len();
    // In the same variant it would bear the same identifiers.
    let variants = PLAN.iter().filter(|other| other.case.id == planned.case.id && other.inapplicable.is_none());
    let asked: Vec<_> =
        variants.skip_while(|other| other.id() != planned.id()).take(form.times.unwrap_or(1)).cloned().collect();
    let door = Door::open(form, steps, &planned.variant, Clock::Fixed);
    let begun = Instant::now();
    let transcripts = ask(&target(&door.url, &door.tls_url), &asked, form);
    let run = judge(&door.url, &asked, &transcripts);
    let took = begun.elapsed();
    let said = written(&run)?;
    figures::took(name, took);
    if took > LATEST {
        return Err(format!("it took {took:?}").into());
    }
    door.is_quiet(steps * asked.len())?;
    if said.contains(&door.canary) {
        return Err("the report holds what is in a file of this machine".into());
    }
    let rules = run.rules.iter().map(|rule| rule.verdict);
    let worst = run.cases.iter().map(|case| case.verdict).chain(rules).max().unwrap_or(Verdict::Inapplicable);
    Ok(Ended { verdict: worst, said })
}

/// A run that gets what the mock answers ends well: what it says of a hostile answer then is about what is hostile in it.
pub(crate) fn genuine_passes(asks: &str) -> Result<(), Failed> {
    let genuine = Form { asks: Some(asks.to_owned()), ..Form::default() };
    let ended = end("genuine", Box::leak(Box::new(genuine)))?;
    if ended.verdict <= Verdict::Note { Ok(()) } else { Err(ended.said.into()) }
}

/// The case in the variant that is asked: the first that has all that the form names.
pub(crate) fn planned(form: &Form) -> Result<&'static Planned<'static>, Failed> {
    let asks = form.asks.as_deref().unwrap_or_default();
    let (case, variant) = asks.split_once('@').unwrap_or((asks, ""));
    let fits = |planned: &&Planned<'_>| {
        let id = planned.id();
        planned.case.id.0 == case && variant.split(',').all(|pair| id.contains(pair)) && planned.inapplicable.is_none()
    };
    PLAN.iter().find(fits).ok_or_else(|| format!("`{asks}` is not asked of the mock").into())
}

fn target(url: &str, tls_url: &str) -> Target {
    let mut profile = CLAIMING.clone();
    profile.bind(url, tls_url);
    let surroundings = Surroundings { env: &|_| None, folder: &profile.folder.clone(), bundled: &reference::published };
    Target::open(&profile, &surroundings, false).unwrap_or_else(|error| panic!("{error}"))
}

fn ask(target: &Target, asked: &[Planned<'_>], form: &Form) -> Vec<Option<Transcript>> {
    let (at_once, patience) = (form.wire == Some(Wire::Crossed), patience(form));
    let options = Options {
        workers: if at_once { 2 } else { 1 },
        rate: None,
        requests: None,
        timeout: Duration::from_secs(patience),
        source: Clock::Fixed.source(),
        with_secrets: false,
        callback_grace: Duration::ZERO,
    };
    let observer = Observer::new(&SUITE, target);
    Exchanger::new(target, &SUITE.vocabulary, options).run(asked, &observer, &|_, _| ControlFlow::Continue(()))
}

fn judge(url: &str, asked: &[Planned<'_>], transcripts: &[Option<Transcript>]) -> Run {
    let again = "stsproof run".to_owned();
    let setting = Setting {
        suite: &SUITE,
        target: verdict::Target { name: "hunter".to_owned(), url: url.to_owned(), again },
        started: Clock::now().to_string(),
        claims: &CLAIMING.claims,
        expected: &[],
        halted: None,
    };
    verdict::judge(&setting, asked, transcripts, &[])
}

/// Every report of a run, each of them safe to read; gives the one for the terminal.
fn written(run: &Run) -> Result<String, Failed> {
    let mut said = Vec::new();
    report::write_terminal(run, Style { colour: false, verbose: true }, &mut said)?;
    let said = String::from_utf8(said)?;
    if let Some(steers) = said.chars().find(|c| steers(*c)) {
        return Err(format!("{steers:?} reaches the terminal").into());
    }
    for (name, format) in Format::ALL {
        let mut bytes = Vec::new();
        format.write(run, Evidence::default(), &mut bytes)?;
        let text = String::from_utf8(bytes)?;
        is_safe(format, &text).map_err(|cause| format!("the report `{name}` {cause}"))?;
    }
    Ok(said)
}

/// What would steer a terminal, or turn the direction of writing.
pub(crate) fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_safe(format: Format, text: &str) -> Result<(), String> {
    // The hostile answers bring no other markup that would do something.
    let live = ["<script>hunted", "<img src=x onerror=hunted", "<a href=\"javascript:hunted"];
    let text = if format == Format::Markdown { &crate::markdown::outside_code(text) } else { text };
    if let (Format::Html | Format::Markdown, Some(live)) = (format, live.iter().find(|live| text.contains(**live))) {
        return Err(format!("holds live markup: {live}"));
    }
    match format {
        Format::Json => serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|error| error.to_string()),
        Format::Junit => Tree::from_text(text).map(drop).map_err(|refusal| refusal.to_string()),
        Format::Text | Format::Markdown | Format::Html => Ok(()),
    }
}

/// The mock behind a door.
pub(crate) fn mock(form: &Form, clock: Clock) -> MockSts {
    let mock = clock.mock(form.skew);
    if let Some(names) = &form.wrong {
        mock.wrong(names).expect("the loader knows the names");
    }
    mock
}
