//! `stsproof init`: from an address to a profile with which `run` works, and what a target can do to it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::time::{Duration, Instant};

use mock_sts::MockSts;
use rstest::rstest;
use tempfile::TempDir;
use wiremock::matchers::{any, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::folder;
use super::program::{PLAINEST, assert_said, code, run, said, text};

/// Asks for a profile as somebody who has an account.
fn init(url: &str, folder: &TempDir, more: &[&str]) -> (Output, String) {
    let file = folder.path().join("sts.toml");
    let mut arguments = vec!["init", url, "--output", text(&file), "--user", "alice", "--password-env", "STS_PASSWORD"];
    arguments.extend(["--applies-to", "https://rp.example.test/app", "--timeout", "2"]);
    arguments.extend(more);
    let output = run(&arguments);
    (output, fs::read_to_string(file).unwrap_or_default())
}

/// The same, from within a test that serves something itself.
async fn init_of(url: String, more: &'static [&'static str]) -> (Output, String, TempDir) {
    let asked = tokio::task::spawn_blocking(move || {
        let folder = folder();
        let (output, profile) = init(&url, &folder, more);
        (output, profile, folder)
    });
    asked.await.expect("it ends")
}

fn runs_with(folder: &TempDir) {
    let file = folder.path().join("sts.toml");
    for case in [PLAINEST, "issue/minimal@soap=1.1,trust=2005-02,token=saml2"] {
        let output = run(&["run", "--profile", text(&file), "--case", case]);
        assert_eq!(code(&output), 0, "{}", said(&output));
    }
}

#[test]
fn a_profile_of_the_mock_is_written_and_works() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let (output, profile) = init(&mock.url(), &folder, &[]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_said("init", &output, Some(folder.path()));
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"on \d{4}-\d\d-\d\d", "on DAY");
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("cli__init_profile", profile));
    runs_with(&folder);
}

#[test]
fn a_profile_of_the_mock_over_tls_works_with_its_authority() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, mock.ca_pem()).expect("the folder can be written");
    let (output, profile) = init(&mock.tls_url(), &folder, &["--ca", text(&authority)]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(profile.contains("tls-ca = { file = \"ca.pem\" }") && profile.contains("https://localhost"), "{profile}");
    runs_with(&folder);
}

#[test]
fn several_addresses_of_one_service_go_into_one_profile() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let other = mock.url().replace("/sts", "/w/rstr.no-context/sts");
    let (output, profile) = init(&mock.url(), &folder, &[&other]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    for url in [&mock.url(), &other] {
        assert_eq!(profile.matches(&format!("\nurl         = \"{url}\"")).count(), 2, "{profile}");
    }
    runs_with(&folder);
}

#[test]
fn an_authority_that_is_not_known_is_asked_for() {
    let mock = MockSts::start_blocking();
    let (output, _) = init(&mock.tls_url(), &folder(), &[]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("--ca FILE"), "{}", said(&output));
}

#[test]
fn without_a_file_the_profile_goes_to_standard_output() {
    let mock = MockSts::start_blocking();
    let output = run(&["init", &mock.url()]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("[[endpoint]]") && said(&output).contains("to be filled in"), "{}", said(&output));
}

#[tokio::test]
async fn what_answers_only_by_metadata_exchange_is_enough() {
    let sts = MockSts::start().await;
    let wsdl = wsdl(&sts.url(), "");
    let metadata = format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>\
         <m:Metadata xmlns:m='http://schemas.xmlsoap.org/ws/2004/09/mex'><m:MetadataSection>{wsdl}</m:MetadataSection>\
         </m:Metadata></s:Body></s:Envelope>"
    );
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(metadata, "application/soap+xml");
    Mock::given(method("POST")).and(path("/sts/mex")).respond_with(answer).mount(&server).await;
    let (output, profile, _) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(profile.contains("\"metadata\",                # it was asked"), "{profile}");
    assert!(profile.contains(&format!("url         = \"{}\"", sts.url())), "{profile}");
}

/// The smallest description of a service; `more` stands in its port.
fn wsdl(address: &str, more: &str) -> String {
    format!(
        "<d:definitions xmlns:d='http://schemas.xmlsoap.org/wsdl/' xmlns:b='http://schemas.xmlsoap.org/wsdl/soap12/' \
         xmlns:p='http://schemas.xmlsoap.org/ws/2004/09/policy' \
         xmlns:sp='http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702' xmlns:t='urn:t' targetNamespace='urn:t'>\
         <d:portType name='T'/><d:binding name='B' type='t:T'><b:binding/>{more}</d:binding>\
         <d:service name='S'><d:port name='P' binding='t:B'><b:address location='{address}'/></d:port></d:service>\
         </d:definitions>"
    )
}

async fn serving(wsdl: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(wsdl.to_owned(), "text/xml");
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    server
}

#[rstest]
#[case::password("<sp:UsernameToken/>", "SignedSupportingTokens", "\"username\"")]
#[case::digest(
    "<sp:UsernameToken><p:Policy><sp:HashPassword/></p:Policy></sp:UsernameToken>",
    "SignedSupportingTokens",
    "\"username-digest\""
)]
#[case::signature("<sp:X509Token/>", "EndorsingSupportingTokens", "\"x509\"")]
#[case::initiator("<sp:X509Token/>", "InitiatorToken", "\"x509\"")]
#[case::issued("<sp:IssuedToken/>", "EndorsingSupportingTokens", "\"saml-holder-of-key\"")]
#[tokio::test]
async fn credentials_are_what_the_policy_wants(#[case] token: &str, #[case] place: &str, #[case] credential: &str) {
    let policy = format!("<p:Policy><sp:{place}><p:Policy>{token}</p:Policy></sp:{place}></p:Policy>");
    let server = serving(&wsdl("http://127.0.0.1:1/sts", &policy)).await;
    let (output, profile, _) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(
        profile.contains(&format!("\ncredentials = [{credential}]\nsoap        = [\"1.2\"]\ntrust       = [\"1.3\"]")),
        "{profile}"
    );
}

#[tokio::test]
async fn what_a_run_cannot_do_is_commented_out_with_the_reason() {
    let policy =
        "<p:Policy><sp:SupportingTokens><p:Policy><sp:KerberosToken/></p:Policy></sp:SupportingTokens></p:Policy>";
    let server = serving(&wsdl("http://127.0.0.1:1/sts", policy)).await;
    let (output, profile, _) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(profile.contains("# it wants a KerberosToken\n# [[endpoint]]"), "{profile}");
    assert!(said(&output).contains("1 endpoint commented out"), "{}", said(&output));
}

#[tokio::test]
async fn an_address_on_another_host_is_never_used_by_itself() {
    let server = serving(&wsdl("http://elsewhere.example.test/sts", "")).await;
    let (output, profile, _) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(profile.contains("another host") && !profile.contains("\n[[endpoint]]"), "{profile}");
}

#[rstest]
#[case::a_loop("loop", ResponseTemplate::new(302).insert_header("location", "/sts?wsdl"))]
#[case::another_host("elsewhere", ResponseTemplate::new(302).insert_header("location", "http://elsewhere.example.test/sts"))]
#[case::a_page("page", ResponseTemplate::new(200).set_body_raw("<html><br></html>", "text/html"))]
#[case::another_document("document", ResponseTemplate::new(200).set_body_raw("<a/>", "text/xml"))]
#[case::entities("entities", ResponseTemplate::new(200).set_body_raw("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "text/xml"))]
#[case::no_port("no_port", ResponseTemplate::new(200).set_body_raw("<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>", "text/xml"))]
#[case::nothing("missing", ResponseTemplate::new(404))]
#[tokio::test]
async fn what_describes_no_service_says_what_was_tried(#[case] name: &str, #[case] answer: ResponseTemplate) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let (output, _, folder) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said(&format!("init_{name}"), &output, Some(folder.path()));
}

#[tokio::test]
async fn policies_that_refer_to_each_other_come_to_an_end() {
    use std::fmt::Write as _;
    let mut policies = String::new();
    for at in 0..200 {
        let _ = write!(policies, "<p:Policy Name='p{at}'>");
        for to in 0..200 {
            let _ = write!(policies, "<p:PolicyReference URI='#p{to}'/>");
        }
        policies.push_str("</p:Policy>");
    }
    let server = serving(&wsdl("http://127.0.0.1:1/sts", &format!("<p:PolicyReference URI='#p7'/>{policies}"))).await;
    let begin = Instant::now();
    let (output, ..) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_chain_of_policies_is_followed_to_its_end() {
    use std::fmt::Write as _;
    let mut policies = String::new();
    for at in 0..40_000 {
        let _ = write!(policies, "<p:Policy Name='p{at}'><p:PolicyReference URI='#p{}'/></p:Policy>", at + 1);
    }
    policies.push_str(
        "<p:Policy Name='p40000'><a:UsingAddressing xmlns:a='http://www.w3.org/2006/05/addressing/wsdl'/></p:Policy>",
    );
    let server = serving(&wsdl("http://127.0.0.1:1/sts", &format!("<p:PolicyReference URI='#p0'/>{policies}"))).await;
    let (output, ..) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
}

#[tokio::test]
async fn imports_without_end_come_to_an_end() {
    let server = MockServer::start().await;
    let next = |request: &wiremock::Request| {
        let number: u64 = request.url.query_pairs().next().and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let imports = (0..50).map(|more| format!("<import location='/sts?n={}'/>", number * 50 + more));
        let body = format!(
            "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'>{}</definitions>",
            imports.collect::<String>()
        );
        ResponseTemplate::new(200).set_body_raw(body, "text/xml")
    };
    Mock::given(method("GET")).respond_with(next).mount(&server).await;
    let (output, ..) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(server.received_requests().await.expect("they are kept").len() <= 48, "{}", said(&output));
}

#[tokio::test]
async fn what_a_target_calls_its_ports_is_text_and_nothing_else() {
    let hostile = wsdl("http://127.0.0.1:1/&quot;]&#10;[accounts.x]&#10;a=&quot;", "")
        .replace("name='P'", "name='&#10;[[expected]]&#10;x=1 &quot;'");
    let server = serving(&hostile).await;
    let (output, profile, _) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(
        !profile.lines().any(|line| line.starts_with("[[expected]]") || line.starts_with("[accounts.x]")),
        "{profile}"
    );
}

#[tokio::test]
async fn a_description_may_stand_where_a_redirect_on_the_same_host_leads() {
    let server = serving(&wsdl("http://127.0.0.1:1/sts", "")).await;
    let away = ResponseTemplate::new(301).insert_header("location", "/services/sts.wsdl");
    Mock::given(method("GET")).and(query_param("wsdl", "")).respond_with(away).with_priority(1).mount(&server).await;
    let (output, profile, _) = init_of(format!("{}/sts", server.uri()), &[]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(profile.contains("http://127.0.0.1:1/sts"), "{profile}");
}

#[test]
fn a_target_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/sts", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        // One byte a second, for ever: an answer that always seems to come.
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 1024]);
                while stream.write_all(b"H").is_ok() {
                    std::thread::sleep(Duration::from_secs(1));
                }
            });
        }
    });
    let begin = Instant::now();
    let (output, _) = init(&url, &folder(), &[]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn wrong_use_is_told_before_anybody_is_asked() {
    let folder = folder();
    let output = run(&["init", "sts.example.test"]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said("init_no_url", &output, None);

    fs::write(folder.path().join("sts.toml"), "mine").expect("the folder can be written");
    let (output, kept) = init("http://127.0.0.1:1/sts", &folder, &[]);
    assert_eq!((code(&output), kept.as_str()), (2, "mine"), "{}", said(&output));
    assert_said("init_exists", &output, Some(folder.path()));

    let output = run(&["init", "http://127.0.0.1:1/sts"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said("init_unreachable", &output, None);
}
