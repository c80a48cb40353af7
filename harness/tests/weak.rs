//! Weak spots are planted in the mock; the generator finds each without knowing its name, makes it small, and promotes
//! it to a case that fails while the spot is there and passes once it is gone.
//!
//! CI looks for three; `cargo test -p stsproof --release --test weak -- --ignored --nocapture` for all ten, and prints
//! the table.

#[expect(dead_code, reason = "the other tests of the whole path need more of it")]
mod support;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mock_sts::MockSts;
use stsproof::exchange::drive::{Exchanger, Options};
use stsproof::exchange::fresh::Source as Fresh;
use stsproof::observe::Observer;
use stsproof::plan::plan;
use stsproof::random::campaign::{Campaign, Drive, Listen};
use stsproof::random::data::Data;
use stsproof::random::draw::Drawer;
use stsproof::random::field::Field;
use stsproof::random::outcome::suite_with;
use stsproof::random::part::{Identity, Part, Small};
use stsproof::random::share::Shard;
use stsproof::random::{promote, shrink};
use stsproof::source::Source;
use stsproof::suite::Suite;
use stsproof::verdict::{self, Setting, Verdict};

use support::{PROFILE, SUITE, target};

/// The spots, with the place that the small failure has to be about, and the row that the promoted case has to cover.
const SPOTS: [[&str; 3]; 10] = [
    ["spot.must-understand-first-only", "s:Header", "soap.12.mustunderstand"],
    ["spot.password-longer", "wsse:Password", "ut.process"],
    ["spot.password-blank", "wsse:Password", "ut.process"],
    ["spot.expires-before-epoch", "wsu:Expires", "wss.timestamp-expired"],
    ["weak.nonce-as-text", "wsse:Nonce", "ut.nonce-cache"],
    ["spot.body-wrapped", "s:Envelope", "wss.sig-only-signed-parts"],
    ["spot.line-ends", "document", "wst.rstr.token-or-proof"],
    ["spot.known-by-prefix", "wst:RequestSecurityToken", "wst.rstr.token-or-proof"],
    ["spot.context-folded", "@Context", "wst.rstr.context-echo"],
    ["spot.cdata-crash", "s:Envelope", "wst.fault.soap-fault"],
];

/// A campaign has to find each within so many scripts.
const WITHIN: u64 = 20_000;

#[test]
fn three_weak_spots_are_found_made_small_and_promoted() {
    for spot in [SPOTS[2], SPOTS[6], SPOTS[8]] {
        let found = hunt(spot, 2048);
        assert!(found.is_ok(), "{}: {}", spot[0], found.unwrap_err());
    }
}

#[test]
#[ignore = "takes minutes; prints the table of all ten"]
#[expect(clippy::print_stdout, reason = "the table is what this is run for")]
fn all_ten_weak_spots_are_found_made_small_and_promoted() {
    let mut missed = Vec::new();
    for spot in SPOTS {
        match hunt(spot, WITHIN) {
            Ok(row) => println!("{row}"),
            Err(because) => missed.push(format!("{}: {because}", spot[0])),
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Finds a weak spot, or says why not.
fn hunt([name, place, clause]: [&str; 3], within: u64) -> Result<String, String> {
    let begin = Instant::now();
    // With the account that the profile calls a bait: names and passwords are tried on no other.
    let mock = MockSts::builder().user("mouse", "cheese").start_blocking().map_err(|error| error.to_string())?;
    mock.wrong(name).map_err(|error| error.to_string())?;
    let data = Data::load(&Source::new(None), &SUITE).map_err(|error| error.to_string())?;
    let target = target(&mock);
    let field = Field::new(&SUITE, &data, &target).map_err(|error| error.to_string())?;
    let exchanger = Exchanger::new(&target, &SUITE.vocabulary, options());
    let drawer = Drawer::new(field.grounds(), &data, 1);
    let drive = Drive { workers: 4, time: None, patience: Duration::ZERO, source: Fresh::system() };
    let campaign = Campaign::begin(&field, &exchanger, drive);
    let identity = Identity::new(&SUITE, "mock-sts", &field, 1);
    let mut part = Part::new(identity, Shard::WHOLE, 0);
    let mut found = None;
    while found.is_none() && part.shares[0].next < within {
        part.count = (part.shares[0].next + 2048).min(within);
        campaign.run(&drawer, &mut part, &Silent, &mut |_| Ok(())).map_err(|error| error.to_string())?;
        if let Some(halted) = &part.halted {
            return Err(halted.clone());
        }
        if part.buckets.0.is_empty() {
            continue;
        }
        shrink::shrink(&campaign, &mut part);
        let is_about =
            |small: &&Small| small.repeats == 3 && small.failing.script.all().any(|stroke| stroke.role.contains(place));
        found = part.small.iter().filter(is_about).min_by_key(|small| small.failing.script.len()).cloned();
    }
    let small = found.ok_or_else(|| {
        let names: Vec<_> =
            part.small.iter().map(|small| format!("{} {:?}", small.name, small.failing.script.strokes)).collect();
        format!("not found in {} scripts; found {names:?}", part.shares[0].next)
    })?;
    let length = small.failing.script.len();
    if length > 3 {
        return Err(format!("{} is {length} operators long: {:?}", small.name, small.failing.script));
    }
    let with = suite_with(std::slice::from_ref(&small), &Source::new(None), &SUITE, &data)
        .map_err(|error| error.to_string())?;
    let promoted = with.case(&promote::id(&small)).ok_or("the promoted case is no case")?;
    if promoted.covers.iter().all(|row| row.0 != clause) {
        return Err(format!("{} covers {:?}", small.name, promoted.covers));
    }
    let while_there = verdict_of(&small, &with, &mock)?;
    mock.right();
    let once_gone = verdict_of(&small, &with, &mock)?;
    if !while_there.is_against() || once_gone != Verdict::Pass {
        return Err(format!("{}: {while_there:?} while it is there, {once_gone:?} once it is gone", small.name));
    }
    let strokes = small.failing.script.all().map(|stroke| {
        let at = stroke.role.rsplit('/').next().unwrap_or_default();
        format!("{} `{at}`", stroke.operator.key())
    });
    let strokes: Vec<_> = strokes.collect();
    Ok(format!(
        "| `{name}` | {} | {length}: {} | `{clause}` | {}, then {} | {:.0} s |",
        small.failing.number + 1,
        strokes.join(", "),
        while_there.word(),
        once_gone.word(),
        begin.elapsed().as_secs_f64()
    ))
}

/// What the promoted case says alone.
fn verdict_of(small: &Small, suite: &Suite, mock: &MockSts) -> Result<Verdict, String> {
    let target = target(mock);
    let planned: Vec<_> = plan(suite, &PROFILE).into_iter().filter(|one| one.case.id.0 == promote::id(small)).collect();
    let exchanger = Exchanger::new(&target, &suite.vocabulary, options());
    let transcripts = exchanger.run(&planned, &Observer::new(suite, &target), &|_, _| ControlFlow::Continue(()));
    let setting = Setting {
        suite,
        target: verdict::Target { name: String::new(), url: String::new(), again: String::new() },
        started: "2026-01-15T12:00:00Z".to_owned(),
        claims: &PROFILE.claims,
        expected: &[],
        halted: None,
    };
    let run = verdict::judge(&setting, &planned, &transcripts, &[]);
    run.cases.first().map(|case| case.verdict).ok_or_else(|| "the promoted case is not planned".to_owned())
}

fn options() -> Options {
    Options {
        workers: 4,
        rate: None,
        requests: None,
        timeout: PROFILE.limits.timeout,
        source: Fresh::system(),
        with_secrets: false,
        callback_grace: Duration::ZERO,
    }
}

struct Silent;

impl Listen for Silent {
    fn block(&self, _: &Part, _: Duration) {}
}
