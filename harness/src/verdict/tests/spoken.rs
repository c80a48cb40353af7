//! What is left of a plan once the plainest requests have shown what a target speaks.

use super::SUITE;
use crate::case::model::Variant;
use crate::exchange::transcript::{Break, Exchange, HttpRequest, HttpResponse, Outcome, Transcript};
use crate::plan::{Planned, plan};
use crate::profile::Profile;
use crate::verdict::{CANARY, leave_out_unspoken};

const ISSUED: &str = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>\
    <t:RequestSecurityTokenResponse xmlns:t='http://docs.oasis-open.org/ws-sx/ws-trust/200512'>\
    <t:RequestedSecurityToken><x/></t:RequestedSecurityToken></t:RequestSecurityTokenResponse></s:Body></s:Envelope>";

fn canary(planned: &Planned<'_>, outcome: Outcome) -> Transcript {
    let exchange = Exchange {
        step: "s".into(),
        request: HttpRequest { method: "POST".into(), url: "http://h/sts".into(), headers: vec![], body: vec![] },
        outcome,
        values: [].into(),
        sent: "2026-01-15T12:00:00.000Z".into(),
        millis: 1,
        facts: [].into(),
        opened: None,
    };
    Transcript { exchanges: vec![exchange], ..Transcript::empty(planned.case.id.clone(), planned.variant.clone()) }
}

fn answered(status: u16, body: &str) -> Outcome {
    Outcome::Answered(HttpResponse { status, headers: vec![], body: body.into() })
}

/// What is left of the plan for everything that the mock claims, where the plainest requests are answered so.
fn sent(answer: impl Fn(&Variant) -> Outcome, claims: bool) -> Vec<(String, String)> {
    let profile = Profile::bundled(&SUITE).expect("in order");
    let mut planned = plan(&SUITE, &profile);
    let plainest = planned.iter().filter(|planned| planned.case.id.0 == CANARY);
    let canaries: Vec<_> = plainest.map(|planned| canary(planned, answer(&planned.variant))).collect();
    leave_out_unspoken(&mut planned, &canaries, |_| claims);
    let left = planned.iter().filter(|planned| planned.inapplicable.is_none());
    let value = |planned: &Planned<'_>, axis| planned.variant.value(axis).unwrap_or_default().to_owned();
    left.map(|planned| (value(planned, "soap"), value(planned, "token"))).collect()
}

fn old(variant: &Variant) -> bool {
    variant.value("soap") == Some("1.1")
}

#[test]
fn what_a_target_does_not_speak_is_not_asked_unless_it_claims_to_speak_it() {
    let deaf = |variant: &Variant| if old(variant) { answered(415, "") } else { answered(200, ISSUED) };
    assert!(sent(deaf, false).iter().all(|(soap, _)| soap == "1.2"));
    assert!(sent(deaf, true).iter().any(|(soap, _)| soap == "1.1"));
}

#[test]
fn a_connection_that_breaks_says_nothing_about_what_is_spoken() {
    let broken = || Outcome::Broken { how: Break::Dropped, because: "closed".into(), received: vec![] };
    let breaks = |variant: &Variant| if old(variant) { broken() } else { answered(200, ISSUED) };
    assert!(sent(breaks, false).iter().any(|(soap, _)| soap == "1.1"));
}

#[test]
fn one_kind_of_token_that_is_not_issued_silences_no_other() {
    let other = |variant: &Variant| variant.value("token") == Some("saml11");
    let lacks = |variant: &Variant| if other(variant) { answered(500, "") } else { answered(200, ISSUED) };
    let sent = sent(lacks, false);
    assert!(sent.iter().any(|(soap, token)| soap == "1.1" && token == "saml2"));
}
