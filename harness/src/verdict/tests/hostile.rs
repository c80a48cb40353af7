//! What only a whole class of hostile requests can tell.

use std::collections::BTreeMap;

use super::super::proven::Golden;
use super::super::{Finding, Verdict, hostile};
use super::SUITE;
use crate::case::hostile::{Hazard, REPAIRED};
use crate::exchange::transcript::{Exchange, HttpRequest, HttpResponse, Outcome, Transcript};
use crate::plan::{self, Planned};
use crate::profile::Profile;
use crate::stage::Documents;

const CLASS: &str = "hostile/xml/xml-doctype-bare";

/// The class in all its forms, the one without a defect first.
fn class() -> Vec<Planned<'static>> {
    let profile = Profile::bundled(&SUITE).expect("it is in order");
    let planned = plan::hostile(&SUITE, &profile, &[Hazard::Load]);
    planned.into_iter().filter(|planned| planned.case.id.0 == CLASS).collect()
}

fn judged(repaired: Verdict) -> Vec<Verdict> {
    let planned = class();
    assert_eq!(planned[0].variant.value("form"), Some(REPAIRED));
    let mut cases: Vec<_> = planned.iter().map(|_| super::case(CLASS, Verdict::Pass, &[])).collect();
    cases[0].verdict = repaired;
    cases[0].findings = vec![Finding {
        verdict: repaired,
        requirement: None,
        step: String::new(),
        check: None,
        message: "refused".to_owned(),
        expected: None,
        found: None,
        place: None,
        spot: None,
    }];
    hostile::classes(&planned, &mut cases);
    cases.into_iter().map(|case| case.verdict).collect()
}

#[test]
fn a_class_whose_request_is_refused_without_its_defect_is_void() {
    let verdicts = judged(Verdict::Fail);
    assert!(verdicts.len() > 1 && verdicts[1..].iter().all(|verdict| *verdict == Verdict::Blocked), "{verdicts:?}");
}

#[test]
fn a_class_whose_request_is_served_without_its_defect_says_what_it_found() {
    assert!(judged(Verdict::Pass).iter().all(|verdict| *verdict == Verdict::Pass));
}

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/// A request that shows a name and a password, answered with a token about somebody.
fn exchange(user: &str, password: &str, subject: &str) -> Exchange {
    let request = format!(
        "<s:Envelope xmlns:s='{SOAP}' xmlns:w='{WSSE}'><s:Header><w:Security><w:UsernameToken><w:Username>{user}\
         </w:Username><w:Password>{password}</w:Password></w:UsernameToken></w:Security></s:Header><s:Body/></s:Envelope>"
    );
    let answer = format!(
        "<s:Envelope xmlns:s='{SOAP}' xmlns:t='http://docs.oasis-open.org/ws-sx/ws-trust/200512'><s:Body>\
         <t:RequestSecurityTokenResponseCollection><t:RequestSecurityTokenResponse><t:RequestedSecurityToken>\
         <a:Assertion xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion'><a:Subject><a:NameID>{subject}</a:NameID></a:Subject>\
         </a:Assertion></t:RequestedSecurityToken></t:RequestSecurityTokenResponse>\
         </t:RequestSecurityTokenResponseCollection></s:Body></s:Envelope>"
    );
    let values = [("user", "alice"), ("password", "wonderland"), ("other.user", "bob"), ("other.password", "builder")];
    let body = |text: String| text.into_bytes();
    Exchange {
        step: String::new(),
        request: HttpRequest { method: String::new(), url: String::new(), headers: vec![], body: body(request) },
        outcome: Outcome::Answered(HttpResponse { status: 200, headers: vec![], body: body(answer) }),
        values: values.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        sent: String::new(),
        millis: 0,
        facts: BTreeMap::new(),
        opened: None,
    }
}

#[test]
fn a_token_has_to_name_whom_the_request_without_a_defect_brought_one_for() {
    let planned = class();
    let mut transcript = Transcript::empty(planned[0].case.id.clone(), planned[0].variant.clone());
    transcript.exchanges = vec![exchange("alice", "wonderland", "alice@example.test")];
    let golden = Golden::of(&planned[..1], &[Some(transcript)]);
    let expected = |exchange: &Exchange| {
        let form = &planned[1];
        let hostile = form.case.hostile.as_ref().expect("it is a class");
        let step = form.case.steps(&form.variant).last().expect("it has a step");
        golden.subject(form, hostile, step, exchange, &Documents::of(exchange, None))
    };
    let own = Some("alice@example.test".to_owned());
    assert_eq!(expected(&exchange("alice", "wonderland", "alice@example.test")), own);
    // Somebody else who proved nothing, or not everything.
    assert_eq!(expected(&exchange("alice", "wonderland", "bob")), own);
    assert_eq!(expected(&exchange("bob", "guessed", "bob@example.test")), own);
    assert_eq!(expected(&exchange("bob", "builder", "bob@example.test")), Some("bob@example.test".to_owned()));
}
