//! The command line as its users meet it: every verb, every exit code, and what is told to who uses it wrong. Each
//! message has place, cause and remedy; the snapshots are reviewed for that.

#[path = "cli/init.rs"]
mod init;
#[path = "support/program.rs"]
mod program;
#[path = "cli/report.rs"]
mod report;

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use mock_sts::MockSts;
use rstest::rstest;
use stsproof::cli::ended;
use stsproof::error::Error;
use stsproof::exit::Exit;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use program::{PLAINEST, as_alice, assert_said, code, run, said, text, wrong};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The data that the program carries, as files that a test may spoil.
fn exported() -> TempDir {
    let folder = folder();
    let output = run(&["export", text(folder.path())]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    folder
}

fn spoil(file: &Path, what: &str, with: &str) {
    let text = fs::read_to_string(file).expect("the file is there");
    assert!(text.contains(what), "{} has no `{what}`", file.display());
    fs::write(file, text.replacen(what, with, 1)).expect("the folder can be written");
}

// What works.

#[rstest]
#[case::run_on_the_bundled_mock("run_bundled", &["run", "--case", PLAINEST])]
#[case::run_with_notes("run_verbose", &["run", "--case", PLAINEST, "--verbose", "--report", "text=-"])]
#[case::list("list", &["list", "--case", "issue/minimal"])]
#[case::show("show", &["show", "issue/request-type-missing"])]
#[case::lint("lint", &["lint"])]
#[case::coverage("coverage", &["coverage"])]
fn a_verb_does_what_it_says(#[case] name: &str, #[case] arguments: &[&str]) {
    let output = run(arguments);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_said(name, &output, None);
}

/// The program itself cannot be made to panic by anybody, so its last line of defence is asked directly.
#[test]
fn a_mistake_of_ours_is_told_and_never_looks_like_a_verdict() {
    let end = |verb: fn() -> Result<Exit, Error>| {
        let mut told = Vec::new();
        let exit = ended(verb, &mut told, false);
        (exit as i32, String::from_utf8(told).expect("UTF-8"))
    };
    let (code, told) = end(|| panic!("a promise that was broken"));
    assert_eq!(code, 70);
    assert!(told.starts_with("bug: stsproof panicked; please report it"), "{told}");
    let (code, told) = end(|| Err(Error::Bug { cause: "what should never happen".to_owned() }));
    assert_eq!(code, 70);
    assert!(told.starts_with("bug: what should never happen\n") && told.contains("please report it"), "{told}");
    assert_eq!(end(|| Ok(Exit::NonConformant)), (1, String::new()));
}

#[test]
fn an_address_and_an_account_are_enough_for_a_whole_run() {
    let mock = MockSts::start_blocking();
    let folder = folder();
    let report = folder.path().join("report.json");
    let url = mock.url();
    let asked = as_alice(&url);
    let asked: Vec<&str> = asked.into_iter().take_while(|word| *word != "--case").collect();
    let output = run(&[asked, vec!["--report", &format!("json={}", text(&report))]].concat());
    assert_eq!(code(&output), 0, "{}", said(&output));
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&report).expect("it was written")).expect("it is JSON");
    assert_eq!(
        (&report["totals"]["error"], &report["totals"]["blocked"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    let rules = report["rules"].as_array().expect("a list");
    let signed = rules.iter().find(|rule| rule["rule"] == "assertion-signature-20").expect("it is a rule");
    assert_eq!(signed["verdict"], "note", "nobody said whose key signs: {signed}");
}

#[test]
fn help_lists_the_verbs_and_the_exit_codes() {
    let output = run(&["--help"]);
    assert_eq!(code(&output), 0);
    assert_said("help", &output, None);
}

#[test]
fn the_list_for_programs_has_what_a_program_needs() {
    let output = run(&["list", "--case", PLAINEST, "--json"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    let row = rows[0].as_object().expect("an object");
    let keys: BTreeSet<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(
        keys.into_iter().collect::<Vec<_>>(),
        ["case", "covers", "id", "inapplicable", "needs", "title", "variant"]
    );
    assert_eq!(row["id"], PLAINEST);
}

#[test]
fn coverage_for_programs_accounts_for_every_requirement() {
    let output = run(&["coverage", "--json"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let whole: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let rows = whole["requirements"].as_array().expect("a list").len() as u64;
    let count = |state: &str| whole["total"][state].as_u64().expect("a number");
    assert!(rows > 500);
    assert_eq!(count("covered") + count("untested") + count("open"), rows);
}

#[test]
fn what_is_exported_is_what_runs() {
    let cases = exported();
    let lint = run(&["lint", "--cases", text(cases.path())]);
    assert_eq!(code(&lint), 0, "{}", said(&lint));
    let head =
        |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned);
    let digest =
        |line: Option<String>| line.and_then(|line| line.split("suite ").nth(1)?.split(':').next().map(str::to_owned));
    let from_files = run(&["run", "--cases", text(cases.path()), "--case", PLAINEST]);
    assert_eq!(code(&from_files), 0, "{}", said(&from_files));
    assert_eq!(digest(head(&from_files)), digest(head(&run(&["run", "--case", PLAINEST]))));

    let again = run(&["export", text(cases.path())]);
    assert_eq!(code(&again), 2);
    assert_said("export_not_empty", &again, Some(cases.path()));
    assert_eq!(code(&run(&["export", text(cases.path()), "--force"])), 0);
}

#[test]
fn the_schema_is_the_published_one() {
    let output = run(&["schema"]);
    assert_eq!(code(&output), 0);
    let published = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json"));
    let published = published.expect("docs/report.schema.json is there");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        published,
        "a report has changed its form: `stsproof schema > docs/report.schema.json`, and say so in the CHANGELOG"
    );
}

#[test]
fn several_reports_are_written_at_once() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let wanted = |format: &str, name: &str| format!("{format}={}", path(name).display());
    let (junit, markdown, json) = (wanted("junit", "new/a.xml"), wanted("markdown", "a.md"), wanted("json", "a.json"));
    let output = run(&["run", "--case", PLAINEST, "--report", &junit, "--report", &markdown, "--report", &json]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("conformant in all that was tested"));
    for (name, start) in [("new/a.xml", "<?xml"), ("a.md", "## mock-sts"), ("a.json", "{")] {
        let text = fs::read_to_string(path(name)).expect("the report is there");
        assert!(text.starts_with(start), "{name}: {text}");
    }
}

// What the target does wrong: exit code 1.

#[test]
fn a_target_that_breaks_a_demand_is_not_conformant() {
    let mock = MockSts::start_blocking();
    let url = wrong(&mock, "rstr.no-context");
    let mut arguments = as_alice(&url);
    arguments.extend(["--case", "issue/context-echoed@soap=1.2,trust=1.3"]);
    let output = run(&arguments);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert_said("not_conformant", &output, None);
}

#[test]
fn the_readme_shows_a_report_as_it_is_printed() {
    let plain = |text: &str| {
        let text = text.replace("PORT", "").replace("N bytes", " bytes").replace("N ms", " ms");
        text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>()
    };
    let printed = plain(include_str!("snapshots/cli__not_conformant.snap"));
    let sample = include_str!("../../README.md").split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    let sample = plain(sample.expect("the README has a sample report"));
    assert!(printed.contains(&sample), "take the sample from the snapshot; the README has\n{sample}");
}

fn profile(mock: &MockSts, path: &str, expected: &str) -> String {
    format!(
        r#"name = "example"
description = "A mock in a test."
claims = ["issue", "saml2", "bearer", "applies-to"]

[[endpoint]]
url = "{}"
credentials = ["username"]

[accounts.alice]
user = "alice"
password = {{ env = "STS_PASSWORD" }}

[applies-to]
known = "https://rp.example.test/app"

{expected}
"#,
        mock.url().replace("/sts", path)
    )
}

const KNOWN: &str = r#"[[expected]]
requirement = "wst.rstr.context-echo"
verdict = "fail"
reason = "Ticket 4711: the Context is lost until the next release."

[[expected]]
requirement = "wst.rst.context-on-every-rstr"
verdict = "fail"
reason = "The same ticket."
"#;

/// The same deviation, told of the case that shows it.
const KNOWN_OF_CASE: &str = r#"[[expected]]
case = "issue/context-echoed@soap=1.2,trust=1.3"
verdict = "fail"
reason = "Ticket 4711: the Context is lost until the next release."
"#;

#[rstest]
#[case::still_there("expected", "/w/rstr.no-context/sts", KNOWN, 0)]
#[case::gone("stale", "/sts", KNOWN_OF_CASE, 1)]
#[case::not_asked_in_whole("open", "/sts", KNOWN, 0)]
fn a_deviation_that_the_profile_expects_must_be_there(
    #[case] name: &str,
    #[case] path: &str,
    #[case] known: &str,
    #[case] exit: i32,
) {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let file = folder.path().join("profile.toml");
    fs::write(&file, profile(&mock, path, known)).expect("the folder can be written");
    let output = run(&["run", "--profile", text(&file), "--case", "issue/context-echoed@soap=1.2,trust=1.3"]);
    assert_eq!(code(&output), exit, "{}", said(&output));
    assert_said(&format!("deviation_{name}"), &output, Some(folder.path()));
}

// Wrong use: exit code 2.

#[rstest]
#[case::no_verb("no_verb", &[])]
#[case::verb("unknown_verb", &["rnu"])]
#[case::requirement("unknown_requirement", &["run", "--requirement", "wst.rstr.contxt-echo"])]
#[case::capability("unknown_capability", &["list", "--needs", "isue"])]
#[case::case_to_show("unknown_case", &["show", "issue/minimla"])]
#[case::variant_to_show("unknown_variant", &["show", "issue/minimal@soap=1.3"])]
#[case::report("unknown_report", &["run", "--report", "yaml=x"])]
#[case::url("no_url", &["run", "sts.example.test/sts"])]
#[case::user_without_password("no_password", &["run", "http://127.0.0.1:1/sts", "--user", "alice"])]
#[case::nobody_who_asks("no_account", &["run", "http://127.0.0.1:1/sts"])]
#[case::password_that_is_not_set("password_env", &["run", "http://127.0.0.1:1/sts", "--user", "alice", "--password-env", "STS_PASSWORT"])]
#[case::password_in_no_file("password_file", &["run", "http://127.0.0.1:1/sts", "--user", "alice", "--password-file", "no-such-file"])]
#[case::authority_in_no_file("ca", &["init", "https://127.0.0.1:1/sts", "--ca", "no-such-file.pem"])]
#[case::profile_name("profile_name", &["run", "--profile", "cfx"])]
#[case::claim("unknown_claim", &["run", "http://127.0.0.1:1/sts", "--claim", "isue"])]
#[case::profile("missing_profile", &["run", "--profile", "no-such-file.toml"])]
#[case::cases("missing_cases", &["lint", "--cases", "no-such-folder"])]
fn wrong_use_is_told_what_to_write(#[case] name: &str, #[case] arguments: &[&str]) {
    let output = run(arguments);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said(&format!("wrong_{name}"), &output, None);
}

#[rstest]
#[case::run(&["run"])]
#[case::lint(&["lint"])]
fn a_typo_in_a_case_is_shown_where_it_stands(#[case] verb: &[&str]) {
    let cases = exported();
    spoil(&cases.path().join("issue/context-echoed.toml"), "covers", "cover");
    let output = run(&[verb, &["--cases", text(cases.path())]].concat());
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said("wrong_case", &output, Some(cases.path()));
}

#[test]
fn new_ids_are_written_down_and_everything_is_checked_all_the_same() {
    let cases = exported();
    let at = |name: &str| cases.path().join(name);
    fs::copy(at("issue/request-type-missing.toml"), at("issue/mine.toml")).expect("the folder can be written");
    let lint = || run(&["lint", "--cases", text(cases.path()), "--update-ids"]);
    let added = lint();
    assert_eq!(code(&added), 0, "{}", said(&added));
    assert_said("lint_id_added", &added, Some(cases.path()));
    assert!(said(&lint()).contains("ids.txt: nothing to add"));

    spoil(&at("requirements/ws-trust.toml"), "mutant     = \"rstr.no-context\"\n", "");
    let wrong = lint();
    assert_eq!(code(&wrong), 2, "{}", said(&wrong));
    assert!(said(&wrong).contains("names no mutant"), "{}", said(&wrong));
}

#[test]
fn a_change_that_cannot_be_made_is_found_before_anybody_is_asked() {
    let cases = exported();
    let mine = cases.path().join("issue/mine.toml");
    fs::copy(cases.path().join("issue/request-type-missing.toml"), &mine).expect("the folder can be written");
    spoil(&mine, "//wst:RequestType", "//wst:RequestTyp");
    let output = run(&["run", "--cases", text(cases.path()), "--case", "issue/mine"]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said("wrong_change", &output, Some(cases.path()));
    let other = run(&["run", "--cases", text(cases.path()), "--case", PLAINEST]);
    assert_eq!(code(&other), 0, "who does not ask for it need not mend it: {}", said(&other));
}

#[test]
fn a_secret_in_a_profile_is_refused_and_not_repeated() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let file = folder.path().join("profile.toml");
    let text_of_it = profile(&mock, "/sts", "").replace(r#"{ env = "STS_PASSWORD" }"#, r#""hunter2""#);
    fs::write(&file, text_of_it).expect("the folder can be written");
    let output = run(&["run", "--profile", text(&file)]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert!(!said(&output).contains("hunter2"), "{}", said(&output));
    assert_said("wrong_inline_secret", &output, Some(folder.path()));
}

// What stands in the way of a verdict: exit code 3.

#[test]
fn a_port_that_nobody_listens_on() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/sts", free.local_addr().expect("an address"));
    drop(free);
    let output = run(&as_alice(&url));
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said("unreachable", &output, None);
}

#[test]
fn a_name_that_does_not_resolve() {
    let output = run(&as_alice("http://no-such-host.invalid/sts"));
    assert_eq!(code(&output), 3, "{}", said(&output));
    // The cause is in the words of the system's resolver.
    let said = said(&output);
    assert!(said.contains("http://no-such-host.invalid/sts: the name has no address"), "{said}");
    assert!(said.contains("help: check the host name in the address"), "{said}");
}

#[test]
fn a_certificate_that_nobody_vouches_for() {
    let mock = MockSts::start_blocking();
    let (url, folder) = (mock.tls_url(), folder());
    let output = run(&as_alice(&url));
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said("tls", &output, None);

    let ca = folder.path().join("ca.pem");
    fs::write(&ca, mock.ca_pem()).expect("the folder can be written");
    let trusting = run(&[as_alice(&url), vec!["--ca", text(&ca)]].concat());
    assert_eq!(code(&trusting), 0, "{}", said(&trusting));
    let insecure = run(&[as_alice(&url), vec!["--insecure"]].concat());
    assert_eq!(code(&insecure), 0, "{}", said(&insecure));
}

#[test]
fn an_address_of_https_claims_tls() {
    let mock = MockSts::start_blocking();
    let (url, plain) = (mock.tls_url(), mock.url());
    let over_tls = |url| [&as_alice(url)[..9], &["issue/minimal-over-tls", "--insecure"]].concat();
    let output = run(&over_tls(&url));
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(code(&run(&over_tls(&plain))), 4, "and no other does");
}

#[rstest]
#[case::behind(-3, "is 3h behind that of this machine")]
#[case::ahead(48, "is 2d ahead of that of this machine")]
fn clocks_that_are_apart_are_not_blamed_on_the_password(#[case] hours: i64, #[case] words: &str) {
    let mock = MockSts::start_blocking();
    mock.clock().skew(jiff::SignedDuration::from_hours(hours));
    let output = run(&as_alice(&mock.url()));
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains(words), "{}", said(&output));
}

#[test]
fn what_a_target_says_in_plain_text_is_passed_on() {
    let mock = MockSts::start_blocking();
    let output = run(&as_alice(&wrong(&mock, "token.not-yet")));
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(
        said(&output).contains("says: there is no misbehaviour named \"token.not-yet\"; did you mean"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_wrong_password() {
    let mock = MockSts::start_blocking();
    let output = program::program(&as_alice(&mock.url())).env("STS_PASSWORD", "wunderland").output();
    let output = output.expect("the program was built");
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(!said(&output).contains("wunderland"), "{}", said(&output));
    assert_said("wrong_password", &output, None);
}

#[test]
fn a_relying_party_that_the_target_does_not_know() {
    let mock = MockSts::start_blocking();
    let url = mock.url();
    let mut arguments = as_alice(&url);
    arguments[6] = "--applies-to";
    arguments[7] = "https://elsewhere.example.test/";
    let output = run(&arguments);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said("unknown_relying_party", &output, None);
}

#[rstest]
#[case::a_page("page", 200, "text/html", "<!DOCTYPE html><html><title>Welcome</title></html>")]
#[case::a_missing_page("missing_page", 404, "text/html", "<html>Not found</html>")]
#[case::something_else("json", 200, "application/json", "{\"error\":\"unsupported\"}")]
#[tokio::test]
async fn a_target_that_is_no_sts(#[case] name: &str, #[case] status: u16, #[case] kind: &str, #[case] body: &str) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, kind);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let url = format!("{}/", server.uri());
    let output = tokio::task::spawn_blocking(move || run(&as_alice(&url))).await.expect("it ends");
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said(&format!("no_sts_{name}"), &output, None);
}

#[test]
fn a_report_that_cannot_be_written() {
    let output = run(&["run", "--case", PLAINEST, "--report", "json=/dev/null/report.json"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_said("unwritable_report", &output, None);
}

// Nothing selected: exit code 4.

#[rstest]
#[case::no_such_case("case", &["run", "--case", "issue/minimla"])]
#[case::nothing_in_both("both", &["list", "--case", "issue/minimal", "--requirement", "wst.rst.requesttype-required"])]
fn an_empty_selection_is_no_success(#[case] name: &str, #[case] arguments: &[&str]) {
    let output = run(arguments);
    assert_eq!(code(&output), 4, "{}", said(&output));
    assert_said(&format!("nothing_{name}"), &output, None);
}

#[test]
fn a_selection_that_the_target_does_not_claim_is_no_success() {
    let mock = MockSts::start_blocking();
    let url = mock.url();
    let mut arguments = as_alice(&url);
    arguments[9] = "issue/act-as-user";
    let output = run(&arguments);
    assert_eq!(code(&output), 4, "{}", said(&output));
    assert_said("nothing_claimed", &output, None);
}
