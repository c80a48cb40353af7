//! Targets that answer, but not as one hopes: the verdicts and messages say what happened.
//!
//! A thin proxy stands before the mock and spoils what comes back.

#[path = "support/net.rs"]
#[expect(dead_code, reason = "the hunted tests use the rest")]
mod net;
#[path = "support/program.rs"]
#[expect(dead_code, reason = "the tests of the command line use the rest")]
mod program;

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use mock_sts::MockSts;
use net::{Answer, Request};
use program::{as_alice, code, run, said};

/// What becomes of one request.
enum Turn {
    /// This goes back.
    Answer(Answer),
    /// Nothing comes, and the connection stays.
    Silence,
    /// The door is closed for good.
    Gone,
}

/// A door to the mock, where each answer is spoilt by its number and what the mock said.
fn door(mock: &MockSts, mut spoil: impl FnMut(u32, Answer) -> Turn + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/sts", listener.local_addr().expect("an address"));
    let behind = mock.url().trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for (number, stream) in (1..).zip(listener.incoming()) {
            let Some(mut stream) = stream.ok() else { return };
            let Some(request) = Request::read(&mut stream) else { continue };
            let answer = request.ask(TcpStream::connect(&behind).expect("the mock runs"));
            match spoil(number, answer) {
                Turn::Answer(mut answer) => {
                    answer.set("Connection", "close");
                    drop(stream.write_all(&answer.bytes()));
                }
                Turn::Silence => silent.push(stream),
                Turn::Gone => return,
            }
        }
    });
    url
}

/// Asks a target all cases of Issue, one after the other.
fn ask_all(url: &str, more: &[&str]) -> std::process::Output {
    let mut arguments = as_alice(url);
    arguments.truncate(arguments.len() - 2);
    arguments.extend(["--case", "issue/*", "--workers", "1"]);
    arguments.extend(more);
    run(&arguments)
}

/// Another answer.
fn http(status: u16, kind: &str, body: &str) -> Turn {
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    Turn::Answer(Answer { status, headers, body: body.as_bytes().to_vec() })
}

fn body(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

const SOAP: &str = "application/soap+xml; charset=utf-8";

#[test]
fn a_fault_with_a_stack_trace_is_told_in_one_line() {
    let mock = MockSts::start_blocking();
    let fault = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><s:Fault><s:Code><s:Value>\
                 s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang=\"en\">java.lang.NullPointerException: x\n\
                 \tat com.example.Sts.issue(Sts.java:17)\n\tat com.example.Main.main(Main.java:3)</s:Text></s:Reason>\
                 </s:Fault></s:Body></s:Envelope>";
    let url = door(&mock, move |_, _| http(500, SOAP, fault));
    let output = run(&as_alice(&url));
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    let line = said.lines().find(|line| line.contains("brings no token")).expect("it is told");
    assert!(line.contains("fault s:Receiver \"java.lang.NullPointerException: x at com.example.Sts.issue"), "{line}");
    assert!(!said.contains('\t'), "{said}");
}

#[test]
fn a_trace_without_soap_is_no_answer_of_an_sts() {
    let mock = MockSts::start_blocking();
    let trace = "java.lang.NullPointerException\n\tat com.example.Sts.issue(Sts.java:17)\n";
    let url = door(&mock, move |_, _| http(500, "text/plain", trace));
    let output = run(&as_alice(&url));
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("no SOAP message (HTTP 500, text/plain, 70 bytes)"), "{said}");
    assert!(said.contains("this is no answer of a Security Token Service"), "{said}");
}

#[test]
fn an_acceptance_without_a_body_is_no_token() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |_, _| http(202, SOAP, ""));
    let output = run(&as_alice(&url));
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("brings no token: HTTP 202 without a body"), "{said}");
}

#[test]
fn an_answer_in_the_other_version_of_soap_is_held_against_the_target() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |_, answer| {
        let other = "http://schemas.xmlsoap.org/soap/envelope/";
        http(200, "text/xml; charset=utf-8", &body(&answer).replace("http://www.w3.org/2003/05/soap-envelope", other))
    });
    let output = run(&as_alice(&url));
    let said = said(&output);
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains("expected an answer in SOAP 1.2, got one in SOAP 1.1 (HTTP 200)"), "{said}");
}

#[test]
fn a_token_that_leans_on_the_envelope_is_read_all_the_same() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |_, answer| {
        let declaration = " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
        let spoilt = body(&answer).replace(declaration, "").replacen(" xmlns:", &format!("{declaration} xmlns:"), 1);
        http(200, SOAP, &spoilt)
    });
    let mut arguments = as_alice(&url);
    arguments.push("--verbose");
    let output = run(&arguments);
    let said = said(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("note     rule token-whole-by-itself"), "{said}");
    assert!(!said.contains("fail     "), "{said}");
}

#[test]
fn a_target_that_goes_away_in_the_middle_is_told_with_the_request() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |number, answer| if number > 12 { Turn::Gone } else { Turn::Answer(answer) });
    let output = ask_all(&url, &[]);
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("the target went away while `issue/"), "{said}");
    assert!(!said.contains("fail     "), "{said}");
}

#[test]
fn a_target_that_falls_silent_in_the_middle_is_not_asked_on_and_not_blamed() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |number, answer| if number > 12 { Turn::Silence } else { Turn::Answer(answer) });
    let began = std::time::Instant::now();
    let output = ask_all(&url, &["--timeout", "1"]);
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("the plainest request is left unanswered, too: "), "{said}");
    assert!(said.contains("no answer within 1 s"), "{said}");
    assert!(!said.contains("fail     "), "{said}");
    assert!(began.elapsed() < Duration::from_secs(30), "every case was waited for");
}

#[test]
fn a_gateway_that_has_lost_its_service_speaks_against_nobody() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |number, answer| match number {
        ..=12 => Turn::Answer(answer),
        _ => http(502, "text/html", "<html>no upstream</html>"),
    });
    let output = ask_all(&url, &[]);
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("the plainest request gets HTTP 502, too"), "{said}");
    assert!(!said.contains("fail     "), "{said}");
}

#[test]
fn a_gateway_that_loses_one_request_is_no_reason_to_stop() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |number, answer| match number {
        13 => http(502, "text/html", "<html>no upstream</html>"),
        _ => Turn::Answer(answer),
    });
    let output = ask_all(&url, &[]);
    let said = said(&output);
    assert!(said.contains("(HTTP 502, text/html") && !said.contains("could not go on"), "{said}");
    assert_ne!(code(&output), 3, "{said}");
}

#[test]
fn a_slow_target_is_waited_for_as_long_as_was_said() {
    let mock = MockSts::start_blocking();
    let url = door(&mock, |_, answer| {
        std::thread::sleep(Duration::from_secs(3));
        Turn::Answer(answer)
    });
    let mut arguments = as_alice(&url);
    arguments.extend(["--timeout", "1"]);
    let output = run(&arguments);
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("no answer within 1 s") && said.contains("`--timeout` waits longer"), "{said}");
}
