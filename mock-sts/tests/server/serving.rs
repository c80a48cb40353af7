//! The mock as a server: starting, stopping, paths, TLS and limits.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{connect, exchange, send, send_secure, split};
use crate::login::login;
use mock_sts::journal::Bounds;
use mock_sts::{Clock, MockSts};

/// Long enough for any machine that is busy with something else: these tests find a hang. How fast it is, the bench says.
const NO_HANG: Duration = Duration::from_secs(20);

#[test]
fn five_hundred_mocks_live_in_one_process_and_are_dropped_at_once() {
    let begin = Instant::now();
    let many: Vec<MockSts> = (0..500).map(|_| MockSts::start_blocking()).collect();
    for sts in many.iter().step_by(50) {
        assert_eq!(send(&sts.url(), "POST", "", "").status, 400, "an empty request is answered with a fault");
    }
    let address = split(&many[499].url()).0;
    drop(many);
    assert!(begin.elapsed() < NO_HANG, "{:?}", begin.elapsed());
    assert!(nobody_listens_at(&address), "the port is closed");
}

#[test]
fn dropping_does_not_wait_for_a_client_that_says_nothing() {
    let sts = MockSts::start_blocking();
    let _silent = connect(&sts.url());
    let _in_the_middle = std::io::Write::write(&mut connect(&sts.url()), b"POST /sts HTTP/1.1\r\n");
    let begin = Instant::now();
    drop(sts);
    assert!(begin.elapsed() < NO_HANG);
}

#[tokio::test]
async fn it_starts_inside_a_runtime_both_ways() {
    let (one, other) = (MockSts::start().await, MockSts::start_blocking());
    assert_ne!(one.url(), other.url());
    drop((one, other)); // inside the runtime, where blocking would panic
}

#[test]
fn it_starts_without_any_runtime() {
    let sts = MockSts::start_blocking();
    let health = sts.url().replace("/sts", "/_mock/health");
    assert_eq!(send(&health, "GET", "", "").status, 200);
}

#[test]
fn its_https_port_shows_a_certificate_of_the_published_ca() {
    let sts = MockSts::start_blocking();
    assert!(sts.tls_url().starts_with("https://localhost:"), "{}", sts.tls_url());
    for host in ["localhost", "127.0.0.1"] {
        let health = sts.tls_url().replace("localhost", host).replace("/sts", "/_mock/health");
        assert_eq!(send_secure(&health, "GET", "", "").body, "ok\n");
    }
}

#[test]
fn a_connection_carries_several_requests() {
    let sts = MockSts::start_blocking();
    let mut stream = connect(&sts.url());
    for _ in 0..3 {
        exchange(&mut stream, &sts.url(), "POST", "", "<a/>");
    }
    assert_eq!(sts.journal().seen(), 3);
}

#[test]
fn other_paths_and_methods_are_refused_as_http_does() {
    let sts = MockSts::start_blocking();
    let base = sts.url().replace("/sts", "");
    assert_eq!(send(&format!("{base}/elsewhere"), "POST", "", "").status, 404);
    assert_eq!(send(&format!("{base}/w/sts"), "POST", "", "").status, 404);
    let get = send(&sts.url(), "GET", "", "");
    assert_eq!(get.status, 405);
    assert!(get.head.to_lowercase().contains("allow: post\r\n"), "{}", get.head);
    assert!(get.body.contains("by POST"), "{get:?}");
    let form = send(&sts.url(), "POST", "Content-Type: application/x-www-form-urlencoded\r\n", "a=b");
    assert!(form.status == 415 && form.body.contains("application/soap+xml"), "{form:?}");
    assert_eq!(send(&format!("{base}/_mock/health"), "POST", "", "").status, 405);
    let about = send(&format!("{base}/"), "GET", "", "");
    assert!(about.status == 200 && about.body.contains("POST /sts"), "{about:?}");
}

#[test]
fn a_request_beyond_the_limit_is_refused() {
    let sts = MockSts::builder().body_limit(100).start_blocking().expect("a free port");
    assert_eq!(send(&sts.url(), "POST", "", &"x".repeat(101)).status, 413);
    assert_ne!(send(&sts.url(), "POST", "", &"x".repeat(100)).status, 413);
}

#[test]
fn the_date_of_an_answer_is_that_of_the_clock() {
    let clock = Clock::fixed("2031-02-03T04:05:06Z".parse().expect("a time"));
    let sts = MockSts::builder().clock(clock).start_blocking().expect("a free port");
    let head = send(&sts.url(), "POST", "", "").head.to_lowercase();
    assert!(head.contains("date: mon, 03 feb 2031 04:05:06 gmt"), "{head}");
}

#[test]
fn the_journal_stays_within_its_bounds() {
    let sts = MockSts::builder().journal(Bounds { entries: 10, bytes: 100_000 }).start_blocking().expect("a free port");
    let mut stream = connect(&sts.url());
    for _ in 0..50 {
        exchange(&mut stream, &sts.url(), "POST", "", &"x".repeat(20_000));
    }
    let entries = sts.journal().entries();
    assert!((1..=4).contains(&entries.len()), "{} entries of 20 kB in 100 kB", entries.len());
    assert_eq!((sts.journal().seen(), entries.last().map(|entry| entry.number())), (50, Some(50)));
}

#[test]
fn the_journal_is_read_over_http_without_what_was_said() {
    let sts = MockSts::start_blocking();
    login(&sts.url(), "alice", "wonderland");
    login(&wrong(&sts, "rstr.no-context"), "alice", "wunderland");
    send(&sts.url(), "GET", "", "");
    let journal = send(&sts.url().replace("/sts", "/_mock/journal"), "GET", "", "");
    assert!(journal.status == 200 && journal.head.to_lowercase().contains("application/x-ndjson"), "{journal:?}");
    assert!(!journal.body.contains("underland") && !journal.body.contains("SignatureValue"), "{journal:?}");
    let lines: Vec<Value> = journal.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [served, refused, other] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(
        (&served["number"], &served["user"], &served["operation"]),
        (&json!(1), &json!("alice"), &json!("Issue"))
    );
    assert_eq!(
        (&served["outcome"], &served["status"], &served["wrongs"]),
        (&json!("answered"), &json!(200), &json!([]))
    );
    assert_eq!(served["applies_to"], "https://rp.example.test/service");
    assert_eq!((&refused["outcome"], &refused["code"]), (&json!("fault"), &json!("FailedAuthentication")));
    assert_eq!((&refused["user"], &refused["wrongs"]), (&Value::Null, &json!(["rstr.no-context"])));
    assert_eq!((&other["outcome"], &other["status"]), (&json!("http"), &json!(405)));
}

#[test]
fn a_port_that_is_taken_is_an_error_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let error = MockSts::builder().port(port).start_blocking().expect_err("it is taken").to_string();
    assert!(error.contains(&format!("127.0.0.1:{port}")) && error.contains("choose another port"), "{error}");
}

/// The address at which a mock is wrong in the named way.
fn wrong(sts: &MockSts, name: &str) -> String {
    sts.url().replace("/sts", &format!("/w/{name}/sts"))
}

/// The task that owns the port ends soon after the mock was dropped, not at the same moment.
fn nobody_listens_at(address: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        if TcpStream::connect(address).is_err() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}
