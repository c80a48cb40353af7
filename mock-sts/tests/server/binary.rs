//! The binary: its ready line, how it stops, its exit codes.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::client::send;
use serde_json::Value;

/// A running `mock-sts serve`, killed when the test ends before it did.
struct Serving {
    child: Child,
    ready: Value,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut child = mock_sts(&[&["serve"], arguments].concat()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        Self { child, ready: serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}")) }
    }

    fn url(&self, scheme: &str) -> &str {
        self.ready[scheme].as_str().expect("a URL")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mock_sts(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-sts"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = mock_sts(arguments).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn its_ready_line_says_where_it_is_and_whom_to_trust() {
    let serving = Serving::start(&[]);
    assert_eq!(serving.ready["ready"], true);
    assert_eq!(serving.ready["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(serving.ready["ca"], mock_sts::keys::CA.certificate);
    for scheme in ["http", "https"] {
        assert_eq!(run(&["healthcheck", serving.url(scheme)]), (Some(0), "ok\n".to_owned(), String::new()));
    }
}

#[test]
fn its_ready_file_holds_the_ready_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("ready.json");
    let serving = Serving::start(&["--ready-file", file.to_str().expect("UTF-8")]);
    let written: Value = serde_json::from_slice(&std::fs::read(&file).expect("the file")).expect("JSON");
    assert_eq!(written, serving.ready);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it_although_a_client_is_connected() {
    for signal in ["TERM", "INT"] {
        let mut serving = Serving::start(&[]);
        let _client = crate::client::connect(serving.url("http"));
        let pid = serving.child.id().to_string();
        let begin = Instant::now();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().expect("kill runs").success());
        let status = serving.child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{signal}");
        // A hang would last for ever; how fast it stops depends on what else the machine does.
        assert!(begin.elapsed() < Duration::from_secs(20), "{signal}: {:?}", begin.elapsed());
    }
}

#[test]
fn wrong_use_is_told_with_a_remedy_and_exit_code_2() {
    let cases: [(&[&str], &str); 5] = [
        (&["serve", "--wrong", "rstr.no-contxt"], "did you mean \"rstr.no-context\"?"),
        (&["serve", "--listen", "0.0.0.0"], "add --expose"),
        (&["serve", "--user", "carol"], "NAME:PASSWORD"),
        (&["healthcheck", "localhost"], "http://HOST:PORT"),
        (&["server"], "serve"),
    ];
    for (arguments, hint) in cases {
        let (code, out, error) = run(arguments);
        assert!(code == Some(2) && out.is_empty() && error.contains(hint), "{arguments:?}: {code:?} {error}");
    }
}

#[test]
fn what_cannot_be_done_has_exit_code_1() {
    let serving = Serving::start(&[]);
    let port = serving.url("http").rsplit(':').next().and_then(|rest| rest.split('/').next()).expect("a port");
    let (code, _, error) = run(&["serve", "--port", port]);
    assert!(code == Some(1) && error.contains("choose another port"), "{code:?} {error}");
    let (code, _, error) = run(&["healthcheck", "http://127.0.0.1:1"]);
    assert!(code == Some(1) && error.contains("is the mock running"), "{code:?} {error}");
}

#[test]
fn a_reader_who_has_had_enough_is_no_failure() {
    let mut child =
        mock_sts(&["wrong", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn an_exposed_mock_can_be_asked_for() {
    let serving = Serving::start(&["--listen", "0.0.0.0", "--expose"]);
    let local = serving.url("http").replace("0.0.0.0", "127.0.0.1").replace("/sts", "/_mock/health");
    assert_eq!(send(&local, "GET", "", "").status, 200);
}
