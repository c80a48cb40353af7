//! One name, several doors: in Rust, in the path, in a header, in the user name.

use mock_sts::token::algorithm::SignatureAlgorithm;
use mock_sts::{MockSts, Wrong};

use crate::client::send;
use crate::login::{login, request};

const ECHO: &str = "Context=\"urn:example:context\"";

#[test]
fn a_mock_answers_right_and_names_who_asked() {
    let sts = MockSts::start_blocking();
    let answer = login(&sts.url(), "alice", "wonderland");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("SignatureValue"), "{answer}");
    assert!(answer.contains(ECHO), "{answer}");
    let entry = sts.journal().last().expect("an exchange");
    assert_eq!((entry.user(), entry.applies_to()), (Some("alice"), Some("https://rp.example.test/service")));
    assert!(login(&sts.url(), "alice", "wrong").starts_with("HTTP/1.1 400"));
}

#[test]
fn every_door_leads_to_the_same_misbehaviour() {
    let sts = MockSts::start_blocking();
    let path = sts.url().replace("/sts", "/w/rstr.no-context/sts");
    let by_path = login(&path, "alice", "wonderland");
    let by_user = login(&sts.url(), "alice+rstr.no-context", "wonderland");
    let by_header = send(&sts.url(), "POST", "X-Mock-Sts: rstr.no-context\r\n", &request("alice", "wonderland")).body;
    sts.wrong("rstr.no-context").expect("a name");
    let armed = login(&sts.url(), "alice", "wonderland");
    for (door, answer) in [("path", by_path), ("user", by_user), ("header", by_header), ("armed", armed)] {
        assert!(answer.contains("SignatureValue") && !answer.contains(ECHO), "{door}: {answer}");
    }
    sts.right();
    assert!(login(&sts.url(), "alice", "wonderland").contains(ECHO));
}

#[test]
fn a_user_that_was_added_is_let_in() {
    let sts = MockSts::builder().user("carol", "one").start_blocking().expect("a free port");
    assert!(login(&sts.url(), "carol", "one").starts_with("HTTP/1.1 200"));
    sts.add_user("carol", "two");
    assert!(login(&sts.url(), "carol", "two").starts_with("HTTP/1.1 200"));
    assert!(login(&sts.url(), "carol", "one").starts_with("HTTP/1.1 400"));
}

#[test]
fn tokens_are_signed_as_the_builder_says() {
    let elliptic = SignatureAlgorithm::EcdsaSha256;
    let sts = MockSts::builder().signature(elliptic).start_blocking().expect("a free port");
    let request = request("alice", "wonderland");
    let wish = format!("<wst:SignatureAlgorithm>{}</wst:SignatureAlgorithm>", SignatureAlgorithm::RsaSha256.uri());
    assert!(request.contains(&wish), "{request}");
    for (sts, algorithm) in [(&sts, elliptic), (&MockSts::start_blocking(), SignatureAlgorithm::RsaSha256)] {
        let answer = send(&sts.url(), "POST", "", &request.replace(&wish, "")).body;
        assert!(answer.contains(&format!("SignatureMethod Algorithm=\"{}\"", algorithm.uri())), "{answer}");
    }
}

#[test]
fn a_fixed_clock_and_a_seed_give_the_same_answer_again() {
    let answers = [7, 7, 8].map(|seed| {
        let clock = mock_sts::Clock::fixed("2026-01-01T12:00:00Z".parse().expect("a time"));
        let sts = MockSts::builder().clock(clock).seed(seed).start_blocking().expect("a free port");
        let request = request("alice", "wonderland");
        let (before, rest) = request.split_once("<wsu:Timestamp").expect("a Timestamp");
        let request = before.to_owned() + rest.split_once("</wsu:Timestamp>").expect("its end").1;
        (0..2).map(|_| send(&sts.url(), "POST", "", &request).body).collect::<Vec<_>>()
    });
    assert!(answers[0][0].contains("SignatureValue"), "{}", answers[0][0]);
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0], answers[2], "another seed");
    assert_ne!(answers[0][0], answers[0][1], "ids do not repeat");
}

#[test]
fn a_name_nobody_knows_is_refused_at_every_door_with_the_nearest_one() {
    let sts = MockSts::start_blocking();
    let by_path = send(&sts.url().replace("/sts", "/w/rstr.no-contxt/sts"), "POST", "", "");
    let by_header = send(&sts.url(), "POST", "X-Mock-Sts: rstr.no-contxt\r\n", "");
    for answer in [by_path, by_header] {
        assert!(answer.status == 404 && answer.body.contains("rstr.no-context"), "{answer:?}");
    }
    let in_rust = sts.wrong("rstr.no-contxt").expect_err("no such name");
    assert_eq!(in_rust.nearest, Some("rstr.no-context"));
    assert_eq!(sts.journal().seen(), 0);
}

#[test]
fn every_door_is_written_down_in_the_journal() {
    let sts = MockSts::builder().wrong(Wrong::SIG_NONE).start_blocking().expect("a free port");
    let body = "<wsse:Username>alice+proof.missing</wsse:Username>";
    let path = sts.url().replace("/sts", "/w/rstr.no-context,rstr.no-token/sts");
    send(&path, "POST", "X-Mock-Sts: wsa.no-action\r\n", body);
    let wrongs = sts.journal().last().expect("an exchange").wrongs();
    assert_eq!(wrongs.to_string(), "rstr.no-context,rstr.no-token,proof.missing,sig.none,wsa.no-action");
}

#[test]
fn a_guard_takes_back_what_it_added_and_no_more() {
    let sts = MockSts::start_blocking();
    let armed = || {
        send(&sts.url(), "POST", "", "");
        sts.journal().last().expect("an exchange").wrongs().to_string()
    };
    sts.wrong("sig.none").expect("a name");
    let guard = sts.wrong_guard("sig.none,rstr.no-token").expect("names");
    assert_eq!(armed(), "rstr.no-token,sig.none");
    drop(guard);
    assert_eq!(armed(), "sig.none");
    sts.right();
    assert_eq!(armed(), "");
}
