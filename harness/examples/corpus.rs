//! Writes what the fuzz targets of `harness/fuzz/` start from: every request of the cases and of the hostile classes as
//! it is sent, and every answer of the bundled mock. `cargo run -p stsproof --example corpus -- DIR`

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, io};

use mock_sts::MockSts;
use mock_sts::clock::Clock;
use sha2::{Digest as _, Sha256};
use stsproof::case::model::Case;
use stsproof::exchange::drive::{Blind, Exchanger, Options};
use stsproof::exchange::fresh::Source as Fresh;
use stsproof::exchange::target::Target;
use stsproof::exchange::transcript::{Exchange, Outcome};
use stsproof::plan::{hostile, plan};
use stsproof::profile::Profile;
use stsproof::profile::reference::{self, Surroundings};
use stsproof::source::Source;
use stsproof::suite::Suite;
use stsproof_judge::check::Look;

/// When all of it happens: the targets hold the clock there.
const NOW: &str = "2026-01-15T12:00:00Z";

/// What is larger teaches a fuzzer nothing and makes it slow.
const LARGEST: usize = 16 * 1024;

#[expect(clippy::print_stdout, reason = "it says what it wrote")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::args().nth(1).ok_or("name the folder to write to")?;
    let suite = Suite::load(&Source::new(None))?;
    let mut profile = Profile::bundled(&suite)?;
    let now = NOW.parse()?;
    let mock = MockSts::builder().clock(Clock::fixed(now)).seed(7).user("mouse", "cheese").start_blocking()?;
    profile.bind(&mock.url(), &mock.tls_url());
    let surroundings = Surroundings { env: &|_| None, folder: &profile.folder.clone(), bundled: &reference::published };
    let target = Target::open(&profile, &surroundings, false)?;
    let options = Options {
        workers: 2,
        rate: None,
        requests: None,
        timeout: profile.limits.timeout,
        source: Fresh::fixed(7, now),
        with_secrets: true,
        callback_grace: Duration::ZERO,
    };
    let planned: Vec<_> = plan(&suite, &profile).into_iter().chain(hostile(&suite, &profile, &[])).collect();
    let exchanger = Exchanger::new(&target, &suite.vocabulary, options);
    let transcripts = exchanger.run(&planned, &Blind, &|_, _| ControlFlow::Continue(()));
    let (mut written, folder) = (0, Path::new(&folder));
    for (planned, transcript) in planned.iter().zip(transcripts) {
        let mut paths = paths(planned.case);
        for exchange in
            transcript.iter().flat_map(|transcript| transcript.prerequisites.iter().chain(&transcript.exchanges))
        {
            let variant: Vec<_> =
                planned.variant.0.iter().map(|(axis, value)| format!("{}={value}", axis.key())).collect();
            for (name, seed) in seeds(exchange, &variant.join(", "), paths.next().unwrap_or_default()) {
                written += usize::from(write(&folder.join(name), &seed)?);
            }
        }
    }
    println!("{written} new seeds in {}", folder.display());
    Ok(())
}

/// The paths that a case asks.
fn paths(case: &Case) -> impl Iterator<Item = &str> {
    let checks = case.steps.iter().flat_map(|step| &step.expect.checks);
    let paths = checks.filter_map(|check| match &check.look {
        Look::At(path) if !path.contains("{{") => Some(path.as_str()),
        _ => None,
    });
    paths.collect::<Vec<_>>().into_iter()
}

/// One input for each target, by its name.
fn seeds(exchange: &Exchange, variant: &str, path: &str) -> Vec<(&'static str, Vec<u8>)> {
    let request = &exchange.request;
    let mut head = String::new();
    for (name, value) in &request.headers {
        let known = ["Content-Type", "SOAPAction", "Host"].into_iter().find(|known| known.eq_ignore_ascii_case(name));
        let _ = known.map(|known| writeln!(head, "{known}: {value}"));
    }
    let mut seeds = vec![
        ("request", message(&head, &request.body)),
        ("gate", message(&format!("{head}Path: {path}\n"), &request.body)),
    ];
    if let Outcome::Answered(answer) = &exchange.outcome {
        let content_type = answer.header("Content-Type").unwrap_or_default();
        let head = format!("Status: {}\nVariant: {variant}\nContent-Type: {content_type}\n", answer.status);
        let both = [&answer.body[..], b"\n\nwhat was sent:\n\n", &request.body].concat();
        seeds.push(("judge", message(&head, &both)));
    }
    seeds
}

fn message(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"\n", body].concat()
}

/// Under the name of its content, so that what is there already is not there twice.
fn write(folder: &Path, seed: &[u8]) -> io::Result<bool> {
    let name: String =
        Sha256::digest(seed).iter().take(10).fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
    let file = folder.join(name);
    if seed.len() > LARGEST || file.exists() {
        return Ok(false);
    }
    fs::create_dir_all(folder)?;
    fs::write(file, seed)?;
    Ok(true)
}
