use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use wiremock::matchers::{body_string_contains, method};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::case::hostile::{Catches, Form, Hazard, Hostile, Label, Severity};
use crate::case::model::{AnswerKind, Axis, Case, CaseId, Expect};
use crate::change::Operator;
use crate::problem::Text;
use crate::profile::reference::{Reference, Surroundings};
use crate::profile::{Account, Anchors, AppliesTo, Endpoint, Limits as ProfileLimits, Profile};

const ISSUED: &str = "<a:Envelope xmlns:a='http://www.w3.org/2003/05/soap-envelope' xmlns:q='urn:q'><a:Body>\
    <t:RequestSecurityTokenResponse xmlns:t='http://docs.oasis-open.org/ws-sx/ws-trust/200512'>\
    <t:RequestedSecurityToken><q:Token ID='t1' a=\"&lt;\"><q:V/></q:Token></t:RequestedSecurityToken>\
    </t:RequestSecurityTokenResponse></a:Body></a:Envelope>";

const BODY: &str = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
    <s:Header><wsa:Action>urn:act</wsa:Action><wsa:MessageID>{{message-id}}</wsa:MessageID>{{credential}}</s:Header>\
    <s:Body><x>{{context}}</x></s:Body></s:Envelope>";

fn vocabulary() -> Vocabulary {
    let (name, bytes) = stsproof_cases::files().into_iter().find(|(path, _)| *path == "vocabulary.toml").expect("data");
    let text = Text { name: name.to_owned(), text: String::from_utf8(bytes.to_vec()).expect("UTF-8") };
    Vocabulary::read(&Arc::new(text), &mut Vec::new())
}

fn target(url: &str) -> Target {
    let alice = Account {
        name: "alice".into(),
        user: Some("alice".into()),
        password: Some(Reference::Inline("wonderland".into())),
        certificate: Some(Reference::Inline(mock_sts::keys::CLIENT.certificate.into())),
        key: Some(Reference::Inline(mock_sts::keys::CLIENT.key.into())),
        subject: None,
        bait: false,
        key_is_rsa: None,
    };
    let endpoint = Endpoint {
        url: url.to_owned(),
        credentials: vec![Credential::Username, Credential::X509, Credential::SamlBearer, Credential::SamlHolderOfKey],
        soap: vec![],
        trust: vec![],
        addressing: vec![],
        account: None,
    };
    let profile = Profile {
        name: "test".into(),
        description: String::new(),
        owned: false,
        endpoints: vec![endpoint],
        accounts: vec![alice],
        claims: [].into(),
        anchors: Anchors::default(),
        applies_to: AppliesTo::default(),
        limits: ProfileLimits::default(),
        expected: vec![],
        folder: PathBuf::new(),
    };
    let nothing = |_: &str| None;
    let around = Surroundings { env: &nothing, folder: Path::new(""), bundled: &nothing };
    Target::open(&profile, &around, false).expect("a good profile")
}

fn step(name: &str, body: &str, credential: Credential) -> Step {
    Step {
        name: name.into(),
        body: Body::Xml(body.into()),
        change: vec![],
        tamper: vec![],
        encode: vec![],
        sign: Sign::default(),
        again: None,
        credential,
        http: Http::default(),
        keep: [].into(),
        expect: Expect { answer: AnswerKind::Issued, allowed: None, code: vec![], checks: vec![] },
    }
}

fn case(id: &str, steps: Vec<Step>) -> Case {
    Case {
        id: CaseId(id.into()),
        title: String::new(),
        why: String::new(),
        covers: vec![],
        needs: vec![],
        unless: vec![],
        vary: [].into(),
        steps,
        hostile: None,
        was: vec![],
        file: Arc::new(Text { name: String::new(), text: String::new() }),
    }
}

fn planned<'a>(case: &'a Case, soap: &str) -> Planned<'a> {
    let mut variant = vocabulary().default_variant();
    variant.0.insert(Axis::Soap, soap.to_owned());
    Planned { case, variant, inapplicable: None }
}

fn options() -> Options {
    Options {
        workers: 3,
        rate: None,
        requests: None,
        timeout: Duration::from_secs(5),
        source: Source::fixed(1, "2026-11-20T12:00:00Z".parse().expect("a time")),
        with_secrets: false,
        callback_grace: Duration::ZERO,
    }
}

fn run(url: &str, planned: &[Planned<'_>], options: Options) -> Vec<Option<Transcript>> {
    let (target, vocabulary) = (target(url), vocabulary());
    let exchanger = Exchanger::new(&target, &vocabulary, options);
    exchanger.run(planned, &Blind, &|_, _| ControlFlow::Continue(()))
}

async fn issuing() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_string(ISSUED)).mount(&server).await;
    server
}

fn sent(transcript: &Transcript, step: usize) -> &str {
    std::str::from_utf8(&transcript.exchanges[step].request.body).expect("UTF-8")
}

#[tokio::test]
async fn results_come_in_the_order_of_the_plan() {
    let server = issuing().await;
    let cases: Vec<_> =
        (0..20).map(|n| case(&format!("c/{n:02}"), vec![step("s", BODY, Credential::Username)])).collect();
    let mut plan: Vec<_> = cases.iter().map(|case| planned(case, "1.2")).collect();
    plan[3].inapplicable = Some("not claimed".into());
    let results = run(&server.uri(), &plan, options());
    for (index, result) in results.iter().enumerate() {
        match result {
            None => assert_eq!(index, 3),
            Some(transcript) => assert_eq!(transcript.case, cases[index].id),
        }
    }
    assert_eq!(
        results,
        run(&server.uri(), &plan, options())
            .into_iter()
            .zip(&results)
            .map(|(again, first)| {
                // Everything but the time it took is the same again under a fixed source.
                again.map(|mut again| {
                    again.exchanges[0].millis = first.as_ref().expect("as before").exchanges[0].millis;
                    if let (Outcome::Answered(a), Outcome::Answered(b)) =
                        (&mut again.exchanges[0].outcome, &first.as_ref().expect("as before").exchanges[0].outcome)
                    {
                        a.headers.clone_from(&b.headers); // the server's clock
                    }
                    again
                })
            })
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_request_speaks_the_variant_in_body_and_headers() {
    let server = issuing().await;
    let case = case("c/a", vec![step("s", BODY, Credential::Username)]);
    let results = run(&server.uri(), &[planned(&case, "1.2"), planned(&case, "1.1")], options());
    let [new, old] = [0, 1].map(|index| results[index].as_ref().expect("it ran"));
    let header = |transcript: &Transcript, name: &str| {
        transcript.exchanges[0].request.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    };
    assert_eq!(header(new, "Content-Type").as_deref(), Some("application/soap+xml; charset=utf-8; action=\"urn:act\""));
    assert_eq!(header(old, "Content-Type").as_deref(), Some("text/xml; charset=utf-8"));
    assert_eq!(header(old, "SOAPAction").as_deref(), Some("\"urn:act\""));
    assert!(
        sent(old, 0).contains("http://schemas.xmlsoap.org/soap/envelope/")
            && !sent(old, 0).contains("2003/05/soap-envelope")
    );
    let received = server.received_requests().await.expect("recorded");
    assert!(received.iter().all(|request| String::from_utf8_lossy(&request.body).contains(">wonderland<")));
    for transcript in [new, old] {
        let json = serde_json::to_string(transcript).expect("JSON");
        assert!(transcript.redacted && !json.contains("wonderland"), "{json}");
    }
}

#[tokio::test]
async fn what_a_step_keeps_the_next_one_sends_byte_for_byte() {
    let server = issuing().await;
    let mut first = step("first", BODY, Credential::None);
    first.keep = [("token".to_owned(), "//wst:RequestedSecurityToken/*".to_owned())].into();
    let second = step("second", "<x>{{token}}</x>", Credential::None);
    let third = step("third", "<x/>", Credential::None);
    let mut first_fails = first.clone();
    first_fails.keep = [("token".to_owned(), "//wst:Absent".to_owned())].into();
    let (good, bad) = (case("c/a", vec![first, second]), case("c/b", vec![first_fails, third]));
    let results = run(&server.uri(), &[planned(&good, "1.2"), planned(&bad, "1.2")], options());
    assert_eq!(
        sent(results[0].as_ref().expect("it ran"), 1),
        "<x><q:Token xmlns:q=\"urn:q\" ID='t1' a=\"&lt;\"><q:V/></q:Token></x>"
    );
    let stopped = results[1].as_ref().expect("it ran");
    assert_eq!(stopped.exchanges.len(), 1);
    let stop = stopped.stopped.as_ref().expect("a reason");
    assert_eq!(stop.reason, StopReason::EarlierStep);
    assert_eq!(stop.because, "step `first`: `token` cannot be kept: `//wst:Absent` selects nothing in the answer");
}

#[tokio::test]
async fn a_token_to_show_is_asked_for_once() {
    let server = MockServer::start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let answer = move |_: &Request| {
        count.fetch_add(1, Ordering::Relaxed);
        ResponseTemplate::new(200).set_body_string(ISSUED)
    };
    Mock::given(body_string_contains("200512/PublicKey")).respond_with(answer).mount(&server).await;
    Mock::given(body_string_contains("urn:act"))
        .respond_with(ResponseTemplate::new(200).set_body_string("ok"))
        .mount(&server)
        .await;
    let cases: Vec<_> =
        (0..6).map(|n| case(&format!("c/{n}"), vec![step("s", BODY, Credential::SamlHolderOfKey)])).collect();
    let plan: Vec<_> = cases.iter().map(|case| planned(case, "1.2")).collect();
    let results = run(&server.uri(), &plan, options());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for transcript in results.iter().flatten() {
        assert_eq!(transcript.prerequisites.len(), 1);
        assert_eq!(transcript.stopped, None);
        assert!(sent(transcript, 0).contains("<q:Token xmlns:q=\"urn:q\" ID='t1'"));
        assert!(sent(transcript, 0).contains("<ds:SignatureValue>"));
    }
}

#[tokio::test]
async fn a_case_that_cannot_be_sent_says_whose_fault_it_is() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let typo = case("c/a", vec![step("s", "<x>{{contxt}}</x>", Credential::None)]);
    let mut nothing = step("s", BODY, Credential::None);
    nothing.change = vec![Operator::Drop { path: "//wst:Absent".into() }];
    let nothing = case("c/b", vec![nothing]);
    let refused = case("c/c", vec![step("s", BODY, Credential::SamlBearer)]);
    let results = run(&server.uri(), &[&typo, &nothing, &refused].map(|case| planned(case, "1.2")), options());
    let stops: Vec<_> = results.iter().flatten().filter_map(|transcript| transcript.stopped.clone()).collect();
    assert_eq!(
        stops.iter().map(|stop| stop.reason).collect::<Vec<_>>(),
        [StopReason::Case, StopReason::Case, StopReason::Prerequisite]
    );
    assert!(stops[0].because.contains("did you mean `{{context}}`?"), "{}", stops[0].because);
    assert!(stops[1].because.contains("`//wst:Absent` selects nothing"), "{}", stops[1].because);
    assert!(stops[2].because.contains("status 500"), "{}", stops[2].because);
}

#[tokio::test]
async fn a_budget_ends_the_run_and_a_rate_slows_it() {
    let server = issuing().await;
    let cases: Vec<_> = (0..5).map(|n| case(&format!("c/{n}"), vec![step("s", BODY, Credential::Username)])).collect();
    let plan: Vec<_> = cases.iter().map(|case| planned(case, "1.2")).collect();
    let begin = Instant::now();
    let results = run(&server.uri(), &plan, Options { requests: Some(3), rate: Some(20), ..options() });
    assert!(begin.elapsed() >= Duration::from_millis(100), "the third request waits for two slots");
    assert_eq!(server.received_requests().await.expect("recorded").len(), 3);
    let spent =
        results.iter().flatten().filter(|t| t.stopped.as_ref().is_some_and(|stop| stop.reason == StopReason::Budget));
    assert_eq!(spent.count(), 2);
}

#[tokio::test]
async fn whoever_is_told_can_stop_the_run() {
    let server = issuing().await;
    let cases: Vec<_> = (0..50).map(|n| case(&format!("c/{n}"), vec![step("s", BODY, Credential::None)])).collect();
    let plan: Vec<_> = cases.iter().map(|case| planned(case, "1.2")).collect();
    let (target, vocabulary) = (target(&server.uri()), vocabulary());
    let exchanger = Exchanger::new(&target, &vocabulary, options());
    let results = exchanger.run(&plan, &Blind, &|_, _| ControlFlow::Break(()));
    assert!(results.iter().flatten().count() <= 3, "at most one for each worker");
}

/// A hostile class whose only form sends this.
fn hostile(body: &str) -> Case {
    let form = Form { name: "one".into(), label: Label::MustReject, steps: vec![step("s", body, Credential::None)] };
    let hostile = Hostile {
        label: Label::MustReject,
        severity: Severity::High,
        hazard: Hazard::None,
        oracles: vec![],
        bound: Duration::from_secs(5),
        close: false,
        subject: None,
        forbid: vec![],
        catches: Catches::None("a test".into()),
        forms: vec![form],
    };
    Case { hostile: Some(hostile), ..case("hostile/x/y", vec![step("s", "<x/>", Credential::None)]) }
}

#[tokio::test]
async fn whoever_comes_to_the_address_that_a_request_gave_out_is_heard() {
    let server = MockServer::start().await;
    let calls_back = |request: &Request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if let Some(address) = body.split("http://").nth(1).and_then(|rest| rest.split('/').next()) {
            let mut stream = std::net::TcpStream::connect(address).expect("it listens");
            std::io::Write::write_all(&mut stream, b"GET /found HTTP/1.1\r\n\r\n").expect("it reads");
        }
        ResponseTemplate::new(400)
    };
    Mock::given(method("POST")).respond_with(calls_back).mount(&server).await;
    let (loud, quiet) = (hostile("<x>{{listener}}</x>"), hostile("<x/>"));
    let form = |case| {
        let mut planned = planned(case, "1.2");
        planned.variant.0.insert(Axis::Form, "one".to_owned());
        planned
    };
    let options = Options { callback_grace: Duration::from_millis(300), ..options() };
    let results = run(&server.uri(), &[form(&loud), form(&quiet)], options);
    let heard = |index: usize| results[index].as_ref().expect("it ran").callbacks.clone();
    assert_eq!(heard(0), ["GET /found HTTP/1.1"]);
    assert!(heard(1).is_empty());
}
