//! Every report of one run built by hand.

mod compare;
#[path = "../support/markdown.rs"]
mod markdown;
mod page;
mod run;
mod schema;

use rstest::rstest;
use stsproof::report::{Evidence, Format, Style, write_terminal};
use stsproof::verdict::{Conclusion, Position, Run, Verdict};
use stsproof_judge::tree::Tree;

use self::run::{cases, finished};

fn written(format: Format, run: &Run) -> String {
    written_with(Evidence::Findings, format, run)
}

fn written_with(evidence: Evidence, format: Format, run: &Run) -> String {
    let mut bytes = Vec::new();
    format.write(run, evidence, &mut bytes).expect("memory can be written to");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

fn terminal(style: Style) -> String {
    let mut bytes = Vec::new();
    write_terminal(&finished(), style, &mut bytes).expect("memory can be written to");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

#[rstest]
#[case::text("text", Format::Text)]
#[case::json("json", Format::Json)]
#[case::junit("junit", Format::Junit)]
#[case::markdown("markdown", Format::Markdown)]
fn a_report_says_everything_in_its_form(#[case] name: &str, #[case] format: Format) {
    insta::assert_snapshot!(format!("report_{name}"), written(format, &finished()));
}

#[test]
fn a_run_that_could_not_go_on_says_why() {
    let run = Run {
        conclusion: Conclusion::Incomplete,
        halted: Some("https://sts.example.test/sts: cannot connect\n  help: check the port".to_owned()),
        cases: cases().into_iter().filter(|case| case.verdict == Verdict::Blocked).collect(),
        rules: Vec::new(),
        ..finished()
    };
    insta::assert_snapshot!("report_halted_text", written(Format::Text, &run));
    insta::assert_snapshot!("report_halted_markdown", written(Format::Markdown, &run));
}

#[test]
fn on_request_a_person_sees_the_notes_too() {
    let without = terminal(Style::plain());
    let with = terminal(Style { verbose: true, ..Style::plain() });
    assert!(!without.contains("issue/noted") && with.contains("issue/noted"), "{with}");
}

#[test]
fn colours_are_the_only_difference_that_colour_makes() {
    let coloured = terminal(Style { colour: true, ..Style::plain() });
    let codes = ["32", "36", "33", "1;31", "35", "2", "0"].map(|code| format!("\u{1b}[{code}m"));
    let bare = codes.iter().fold(coloured.clone(), |text, code| text.replace(code, ""));
    assert_ne!(coloured, bare);
    assert_eq!(bare, terminal(Style::plain()));
}

#[test]
fn what_a_target_sends_cannot_steer_a_terminal() {
    let tampered_with = page::spoken(run::HOSTILE, b"", Position { line: 1, column: 1 });
    for (format, run) in [Format::Text, Format::Junit, Format::Markdown, Format::Html]
        .into_iter()
        .flat_map(|format| [(format, finished()), (format, tampered_with.clone())])
    {
        let report = written(format, &run);
        let stray = report.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(stray, None, "{format:?}: {report}");
    }
}

#[test]
fn what_a_target_sends_is_no_markup_no_link_and_no_mention_in_a_pull_request() {
    let report = markdown::outside_code(&written(Format::Markdown, &finished()));
    for alive in ["<script>", "(z)", "**`x`**", "@team", "://"] {
        assert!(!report.contains(alive), "{alive}: {report}");
    }
}

#[test]
fn the_junit_report_is_well_formed_and_counts_right() {
    let report = written(Format::Junit, &finished());
    let tree = Tree::from_text(&report).unwrap_or_else(|refusal| panic!("{refusal}\n{report}"));
    let named = |name: &str| tree.descendants(tree.root()).filter(|node| tree.name(*node).local == name).count();
    assert_eq!(named("testcase"), 9 + 3 + 4);
    assert_eq!(
        named("failure"),
        3 + 2,
        "failed, stale and the broken rule; what the profile lists wrongly, and too long"
    );
    assert_eq!(named("error"), 2, "blocked and broken");
    assert_eq!(named("skipped"), 3, "inapplicable twice, and the excused one");
}

#[test]
fn the_json_report_is_read_again_as_the_same_run() {
    let report = written(Format::Json, &finished());
    let read: Run = serde_json::from_str(&report).expect("it is a run");
    assert_eq!(read, finished());
}

#[test]
fn the_json_report_has_the_keys_of_its_schema() {
    let schema = stsproof::report::schema();
    let report: serde_json::Value = serde_json::from_str(&written(Format::Json, &finished())).expect("it is JSON");
    let keys = |value: &serde_json::Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    assert_eq!(sorted(keys(&report)), sorted(keys(&schema["properties"])));
    for (list, definition) in
        [("cases", "CaseVerdict"), ("rules", "RuleVerdict"), ("requirements", "RequirementVerdict")]
    {
        let described = sorted(keys(&schema["$defs"][definition]["properties"]));
        for one in report[list].as_array().expect("a list") {
            assert_eq!(sorted(keys(one)), described, "{list}");
        }
    }
}
