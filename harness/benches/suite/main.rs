//! Where the time of a run goes, and what judging costs beside asking: `cargo bench -p stsproof`.
//!
//! The suite is run against the bundled mock, stage by stage. A plain load generator then sends the very same messages
//! to a mock as fresh, over as many connections, and looks at nothing that comes back: the two rates are compared.
//! Both share the machine with the mock, as in a real run. `-- --rounds 5` says how often; the median counts.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod plain;
mod stages;

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use stages::{Round, Setup};

/// What the design promises.
const TARGET_RATIO: f64 = 0.25;
const TARGET_WHOLE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("to measure: cargo bench -p stsproof");
        return ExitCode::SUCCESS;
    }
    let given = arguments.iter().position(|argument| argument == "--rounds").and_then(|at| arguments.get(at + 1));
    let rounds = given.map_or(5, |value| value.parse().unwrap_or_else(|_| panic!("--rounds {value}: not a number")));

    let setup = Setup::new();
    let taken: Vec<Round> = (0..rounds).map(|_| setup.round()).collect();
    println!("stage by stage, {} workers, median of {rounds}", setup.workers());
    println!("{:32} {:>10.1?}", "read cases, rules and register", setup.reading);
    println!("{:32} {:>10.1?}", "plan", setup.planning);
    for (stage, time) in stages::NAMES.iter().zip(medians(&taken)) {
        println!("{stage:32} {time:>10.1?}");
    }

    let messages = setup.messages();
    let plain: Vec<Duration> = (0..rounds).map(|_| plain::load(&stages::mock(), &messages, setup.workers())).collect();
    let judged: Vec<Duration> = taken.iter().map(Round::asked_and_judged).collect();
    let (judged, plain) = (rate(messages.len(), median(judged)), rate(messages.len(), median(plain)));
    println!("\n{} exchanges a round", messages.len());
    println!("{judged:>8.0} a second asked and judged\n{plain:>8.0} a second by a plain load generator");
    println!("{:>8.2} is the ratio (target {TARGET_RATIO})", judged / plain);

    let whole = median((0..rounds).map(|_| whole()).collect());
    println!("\n`stsproof run`, from exec to exit: {whole:.1?} (target {TARGET_WHOLE:?} on two cores)");
    ExitCode::SUCCESS
}

/// The program as its users start it.
fn whole() -> Duration {
    let begun = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_stsproof"))
        .arg("run")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("it starts");
    assert!(status.success(), "the mock conforms");
    begun.elapsed()
}

/// The median of each stage.
fn medians(rounds: &[Round]) -> [Duration; stages::NAMES.len()] {
    std::array::from_fn(|stage| median(rounds.iter().map(|round| round.0[stage]).collect()))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
