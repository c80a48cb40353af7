//! `stsproof report`: from the JSON report of a finished run.

use std::fs;
use std::path::Path;

use rstest::rstest;
use tempfile::TempDir;

use super::folder;
use super::program::{PLAINEST, assert_said, code, run, said, text};

/// A folder with the JSON and the HTML report of one run.
fn finished() -> TempDir {
    let folder = folder();
    let at = |name: &str| text(&folder.path().join(name)).to_owned();
    let (json, html) = (format!("json={}", at("run.json")), format!("html={}", at("run.html")));
    let output = run(&["run", "--case", PLAINEST, "--report", &json, "--report", &html, "--evidence", "all"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    folder
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it was written")
}

#[test]
fn a_report_written_later_is_the_one_that_the_run_wrote() {
    let folder = finished();
    let at = |name: &str| folder.path().join(name);
    let (html, json) = (format!("html={}", text(&at("later.html"))), format!("json={}", text(&at("later.json"))));
    let output = run(&["report", text(&at("run.json")), &html, &json, "--evidence", "all"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(output.stdout.is_empty(), "{}", said(&output));
    assert_eq!(read(&at("later.html")), read(&at("run.html")));
    assert_eq!(read(&at("later.json")), read(&at("run.json")));
}

#[test]
fn without_a_form_a_report_is_for_the_terminal() {
    let folder = finished();
    let output = run(&["report", text(&folder.path().join("run.json"))]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_said("report_text", &output, Some(folder.path()));
}

#[test]
fn a_run_that_is_not_conformant_is_reported_without_an_error() {
    let folder = finished();
    let json = folder.path().join("run.json");
    super::spoil(&json, "\"conclusion\": \"conformant\"", "\"conclusion\": \"non-conformant\"");
    let output = run(&["report", text(&json), "markdown=-"]);
    assert_eq!(code(&output), 0, "writing a report judges nothing: {}", said(&output));
    assert!(said(&output).contains("**not conformant**"), "{}", said(&output));
}

#[rstest]
#[case::no_such_file("absent", None)]
#[case::no_json("no_json", Some("<run/>"))]
#[case::half("half", Some("{\"format\": 1, \"tool\": \"0.1.0\""))]
#[case::other("other", Some("{\"format\": 1, \"name\": \"something else\"}"))]
#[case::later("later", Some("{\"format\": 99}"))]
fn what_is_no_report_says_what_to_do(#[case] name: &str, #[case] content: Option<&str>) {
    let folder = folder();
    let file = folder.path().join("run.json");
    if let Some(content) = content {
        fs::write(&file, content).expect("the folder can be written");
    }
    let output = run(&["report", text(&file), "html=-"]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said(&format!("report_{name}"), &output, Some(folder.path()));
}

#[test]
fn a_recording_is_no_report() {
    let folder = folder();
    let output = run(&["report", text(folder.path())]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said("report_of_recording", &output, Some(folder.path()));
}

#[test]
fn runs_are_laid_side_by_side_and_written_in_several_forms() {
    let folder = finished();
    let at = |name: &str| text(&folder.path().join(name)).to_owned();
    let spoilt = read(&folder.path().join("run.json")).replacen("\"verdict\": \"pass\"", "\"verdict\": \"fail\"", 1);
    fs::write(at("later.json"), spoilt).expect("the folder can be written");
    let (html, markdown) = (format!("html={}", at("both.html")), format!("markdown={}", at("both.md")));
    let output = run(&["report", "compare", &at("run.json"), &at("later.json"), &html, &markdown]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(read(Path::new(&at("both.html"))).contains("2 runs side by side"));
    assert!(read(Path::new(&at("both.md"))).contains("### Judged differently: 1"));

    let output = run(&["report", "compare", &at("run.json"), &at("later.json")]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("Judged differently: 1"), "{}", said(&output));
}

#[rstest]
#[case::one_run("one", &["run.json"])]
#[case::a_form_for_one_run("junit", &["run.json", "run.json", "junit=-"])]
#[case::nothing("nothing", &[])]
fn a_comparison_that_cannot_be_made(#[case] name: &str, #[case] operands: &[&str]) {
    let folder = finished();
    let path = |operand: &&str| match *operand {
        "run.json" => text(&folder.path().join("run.json")).to_owned(),
        other => other.to_owned(),
    };
    let operands: Vec<String> = operands.iter().map(path).collect();
    let mut arguments = vec!["report", "compare"];
    arguments.extend(operands.iter().map(String::as_str));
    let output = run(&arguments);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said(&format!("compare_{name}"), &output, Some(folder.path()));
}
