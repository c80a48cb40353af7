//! How much of what the machine allows the mock gives: `cargo bench -p mock-sts`.
//!
//! The mock is measured beside a floor, a server that does nothing but read a request over hyper and sign once with
//! aws-lc-rs. Both run as processes of their own under the same load, one after the other in several rounds, and are
//! compared by the CPU time that each took: the ratio does not depend on the machine, nor much on what else it does.
//!
//! Options after `--`: `--seconds 3` a round, `--rounds 3`, `--connections 8`, `--requests 100000` before the memory
//! is read. Linux only, since CPU time and memory are read from /proc.

#![expect(clippy::print_stdout, reason = "a bench prints")]

mod floor;
mod load;
mod process;

use std::time::{Duration, Instant};
use std::{env, process::ExitCode};

use load::{Load, Request};
use mock_sts::MockSts;
use process::Server;

/// What the design promises.
const TARGET_RSA: f64 = 0.90;
const TARGET_P256: f64 = 0.40;
const TARGET_START: Duration = Duration::from_millis(15);
const TARGET_MANY: Duration = Duration::from_secs(1);
const TARGET_MEMORY: u64 = 64;

const ALGORITHMS: [(&str, &str, f64); 2] = [
    ("rsa", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", TARGET_RSA),
    ("p256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", TARGET_P256),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [verb, algorithm] = arguments.as_slice()
        && verb == "floor"
    {
        floor::serve(algorithm);
    }
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("to measure: cargo bench -p mock-sts");
        return ExitCode::SUCCESS;
    }
    let option = |name: &str, default: u64| {
        let given = arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
        given.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} {value}: not a number")))
    };
    let load = Load {
        connections: usize::try_from(option("--connections", 8)).expect("a small number"),
        time: Duration::from_secs(option("--seconds", 3)),
    };
    throughput(&load, option("--rounds", 3));
    sizes(&load);
    start();
    many();
    memory(&load, option("--requests", 100_000));
    ExitCode::SUCCESS
}

fn throughput(load: &Load, rounds: u64) {
    println!("signed tokens per CPU second, {} connections, {rounds} rounds of {:?}", load.connections, load.time);
    println!("{:6} {:>10} {:>10} {:>7} {:>7}", "", "mock", "floor", "ratio", "target");
    for (name, algorithm, target) in ALGORITHMS {
        let request = Request::issue(algorithm);
        let (mock, floor) = (Server::mock(), Server::floor(name));
        assert!(request.ask(&mock).contains("SignatureValue"), "the mock signs");
        let mut spent = [(0, Duration::ZERO); 2];
        for _ in 0..rounds {
            for (server, (count, time)) in [&mock, &floor].into_iter().zip(&mut spent) {
                let before = server.cpu_time();
                *count += load.run(server, &request);
                *time += server.cpu_time().saturating_sub(before);
            }
        }
        let [mock, floor] = spent.map(|(count, time)| rate(count, time));
        println!("{name:6} {mock:>10.0} {floor:>10.0} {:>7.2} {target:>7.2}", mock / floor);
    }
}

fn sizes(load: &Load) {
    // P-256, so that the signature does not hide what a byte costs.
    let server = Server::mock();
    let cost = |kibibytes| {
        let request = Request::padded(ALGORITHMS[1].1, kibibytes);
        request.ask(&server);
        let before = server.cpu_time();
        let count = load.run(&server, &request);
        server.cpu_time().saturating_sub(before).as_secs_f64() / rate(count, Duration::from_secs(1))
    };
    let bare = cost(0);
    println!("cost of a longer request (target: within a factor of 2)");
    for kibibytes in [16_u32, 64, 256, 1024] {
        let rate = f64::from(kibibytes) / 1024.0 / (cost(kibibytes as usize) - bare);
        println!("{kibibytes:>6} KiB {rate:>8.0} MiB per CPU second");
    }
}

fn start() {
    let request = Request::issue(ALGORITHMS[0].1);
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let begin = Instant::now();
            let server = Server::mock();
            request.ask(&server);
            begin.elapsed()
        })
        .collect();
    times.sort();
    println!("exec to first signed token: {:.1?}, median of 20 (target {TARGET_START:?})", times[times.len() / 2]);
}

fn many() {
    let mut times: Vec<Duration> = (0..5)
        .map(|_| {
            let begin = Instant::now();
            drop((0..500).map(|_| MockSts::start_blocking()).collect::<Vec<_>>());
            begin.elapsed()
        })
        .collect();
    times.sort();
    println!("500 servers in one process, started and dropped: {:.0?} (target {TARGET_MANY:?})", times[2]);
}

fn memory(load: &Load, requests: u64) {
    // P-256, since the count is what matters and it comes faster.
    let (server, request) = (Server::mock(), Request::issue(ALGORITHMS[1].1));
    request.ask(&server);
    let first = server.memory();
    let mut count = 1;
    while count < requests {
        count += load.run(&server, &request);
    }
    println!("memory: {first} MiB after one request, {} MiB after {count} (target {TARGET_MEMORY})", server.memory());
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
