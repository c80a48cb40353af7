use std::collections::BTreeMap;

use rstest::rstest;
use stsproof_judge::path::Namespaces;

use super::SUITE;
use crate::case::model::AnswerKind::{self, Empty, Fault, Issued, Orderly, Refused};
use crate::case::model::Expect;
use crate::exchange::transcript::{Break, Exchange, HttpRequest, HttpResponse, Outcome};
use crate::verdict::answer::{Fit, Read, fit};

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const TRUST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";

fn exchange(outcome: Outcome) -> Exchange {
    let request = HttpRequest { method: String::new(), url: String::new(), headers: vec![], body: vec![] };
    Exchange {
        step: String::new(),
        request,
        outcome,
        values: BTreeMap::new(),
        sent: String::new(),
        millis: 0,
        facts: BTreeMap::new(),
        opened: None,
    }
}

fn answered(status: u16, kind: &str, body: &str) -> Exchange {
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    exchange(Outcome::Answered(HttpResponse { status, headers, body: body.as_bytes().to_vec() }))
}

fn soap(status: u16, body: &str) -> Exchange {
    let text = format!("<s:Envelope xmlns:s=\"{SOAP}\" xmlns:t=\"{TRUST}\"><s:Body>{body}</s:Body></s:Envelope>");
    answered(status, "application/soap+xml", &text)
}

fn token(status: u16) -> Exchange {
    let token = "<t:RequestedSecurityToken><x/></t:RequestedSecurityToken>";
    let response = format!("<t:RequestSecurityTokenResponse>{token}</t:RequestSecurityTokenResponse>");
    soap(
        status,
        &format!("<t:RequestSecurityTokenResponseCollection>{response}</t:RequestSecurityTokenResponseCollection>"),
    )
}

fn fault(code: &str) -> Exchange {
    soap(
        500,
        &format!(
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>\
             <s:Reason><s:Text xml:lang=\"en\">no</s:Text></s:Reason></s:Fault>"
        ),
    )
}

fn broken(how: Break) -> Exchange {
    exchange(Outcome::Broken { how, because: "it broke".to_owned(), received: Vec::new() })
}

/// The tier, and what was said.
fn tier(exchange: &Exchange, expected: AnswerKind, codes: &[&str]) -> (&'static str, String) {
    tier_with(exchange, expected, None, codes)
}

/// The same where another kind of answer is allowed.
fn tier_with(
    exchange: &Exchange,
    expected: AnswerKind,
    allowed: Option<AnswerKind>,
    codes: &[&str],
) -> (&'static str, String) {
    let namespaces = Namespaces(SUITE.vocabulary.bindings(&SUITE.vocabulary.default_variant()));
    let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    let expect = Expect { answer: expected, allowed, code: codes, checks: Vec::new() };
    match fit(&Read::of(exchange), &expect, &namespaces) {
        Fit::Met => ("met", String::new()),
        Fit::SecondBest(words) => ("second best", words),
        Fit::Missed(words) => ("missed", words),
        Fit::Unknown(words) => ("unknown", words),
    }
}

#[test]
fn a_kind_of_answer_that_is_allowed_is_second_best() {
    let (tier, words) = tier_with(&token(200), Fault, Some(Issued), &["wst:InvalidRequest"]);
    assert_eq!(
        (tier, &*words),
        ("second best", "got a token (HTTP 200), which is allowed; a SOAP fault would be better")
    );
    assert_eq!(tier_with(&token(500), Fault, Some(Issued), &[]).0, "missed", "a token with a wrong status is none");
    assert_eq!(tier_with(&fault("t:InvalidRequest"), Fault, Some(Issued), &["wst:InvalidRequest"]).0, "met");
}

/// The exact code, another that the text allows, any fault at all, and no refusal.
#[rstest]
#[case::the_first_code(&fault("t:InvalidRequest"), "met", "")]
#[case::another_code_of_the_list(&fault("t:BadRequest"), "second best", "wst:InvalidRequest says it better")]
#[case::any_fault(&fault("t:RequestFailed"), "second best", "refused, but badly said")]
#[case::the_code_in_another_namespace(&fault("s:InvalidRequest"), "second best", "refused, but badly said")]
#[case::accepted(&token(200), "missed", "accepted")]
#[case::refused_without_a_fault(&answered(403, "text/plain", "no"), "missed", "refused, but badly said")]
#[case::a_bare_500(&answered(500, "text/plain", ""), "missed", "a bare HTTP 500")]
#[case::a_page(&answered(400, "text/html", "<html/>"), "missed", "an HTML page")]
#[case::a_dropped_connection(&broken(Break::Dropped), "missed", "it broke")]
#[case::no_connection(&broken(Break::Unreachable), "unknown", "it broke")]
#[case::no_tls(&broken(Break::Tls), "unknown", "it broke")]
fn a_fault_is_matched_in_tiers(#[case] came: &Exchange, #[case] expected: &str, #[case] words: &str) {
    let (tier, said) = tier(came, Fault, &["wst:InvalidRequest", "wst:BadRequest"]);
    assert_eq!(tier, expected, "{said}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn where_no_code_is_named_any_fault_will_do() {
    assert_eq!(tier(&fault("t:RequestFailed"), Fault, &[]).0, "met");
}

#[rstest]
#[case::a_token(Issued, &token(200), "met")]
#[case::a_token_by_another_success(Issued, &token(201), "met")]
#[case::a_token_with_an_error_status(Issued, &token(500), "missed")]
#[case::a_fault_for_a_token(Issued, &fault("t:RequestFailed"), "missed")]
#[case::a_clean_refusal(Refused, &answered(403, "text/plain", "no"), "met")]
#[case::a_fault_as_a_refusal(Refused, &fault("t:RequestFailed"), "met")]
#[case::a_page_is_no_refusal(Refused, &answered(403, "text/html", "<html>no</html>"), "missed")]
#[case::orderly_either_way(Orderly, &token(200), "met")]
#[case::orderly_refused(Orderly, &fault("t:RequestFailed"), "met")]
#[case::not_orderly(Orderly, &broken(Break::Truncated), "missed")]
#[case::nothing_on_purpose(Empty, &answered(202, "text/plain", ""), "met")]
#[case::nothing_by_accident(Empty, &answered(500, "text/plain", ""), "missed")]
fn an_answer_is_what_was_expected_or_not(#[case] want: AnswerKind, #[case] came: &Exchange, #[case] expected: &str) {
    let (tier, said) = tier(came, want, &[]);
    assert_eq!(tier, expected, "{said}");
}

#[rstest]
#[case::the_code(&fault("t:InvalidRequest"), "met")]
#[case::any_fault(&fault("t:RequestFailed"), "second best")]
#[case::a_token(&token(200), "met")]
fn an_orderly_fault_is_held_against_its_codes(#[case] came: &Exchange, #[case] expected: &str) {
    assert_eq!(tier(came, Orderly, &["wst:InvalidRequest"]).0, expected);
}

#[rstest]
#[case::the_message_is_wrong(400, "met")]
#[case::the_media_type_is_wrong(415, "met")]
#[case::nothing_is_here(404, "missed")]
#[case::the_client_was_slow(408, "missed")]
#[case::too_many_requests(429, "unknown")]
fn a_status_refuses_only_if_it_is_about_the_message(#[case] status: u16, #[case] expected: &str) {
    assert_eq!(tier(&answered(status, "text/plain", "no"), Refused, &[]).0, expected);
}

#[test]
fn a_service_that_asks_to_come_back_has_not_answered() {
    let headers = vec![("Retry-After".to_owned(), "3".to_owned())];
    let later = exchange(Outcome::Answered(HttpResponse { status: 503, headers, body: Vec::new() }));
    assert_eq!(tier(&later, Refused, &[]).0, "unknown");
    assert_eq!(tier(&answered(503, "text/plain", ""), Refused, &[]).0, "missed");
}
