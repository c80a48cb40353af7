//! Every report of one run built by hand: each verdict once, each kind of expectation, and a target that sends markup,
//! control characters and escapes where a report would show them.

use std::collections::BTreeMap;

use rstest::rstest;
use stsproof::exchange::transcript::{Break, Exchange, HttpRequest, HttpResponse, Outcome};
use stsproof::report::{Format, Style, write_terminal};
use stsproof::verdict::{
    CaseVerdict, Conclusion, Evidence, Expectation, Finding, Occurrence, RequirementVerdict, RuleVerdict, Run, Source,
    Target, Totals, Verdict,
};
use stsproof_judge::tree::Tree;

/// What a hostile target puts into a fault's reason.
const HOSTILE: &str = "<script>alert(1)</script> ]]> | **`x`** [y](z) & \u{1b}[31mred\u{7}\nnext \"line\"\u{202e}";

fn expected(reason: &str) -> Expectation {
    Expectation::Expected { reason: reason.to_owned() }
}

fn stale(reason: &str) -> Expectation {
    Expectation::Stale { reason: reason.to_owned() }
}

fn finding(verdict: Verdict, requirement: Option<&str>, message: &str) -> Finding {
    Finding {
        verdict,
        requirement: requirement.map(str::to_owned),
        step: "first".to_owned(),
        message: message.to_owned(),
        expected: None,
        found: None,
        place: None,
        check: None,
    }
}

fn exchange(outcome: Outcome) -> Exchange {
    Exchange {
        step: "first".to_owned(),
        request: HttpRequest {
            method: "POST".to_owned(),
            url: "https://sts.example.test/sts".to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/soap+xml; charset=utf-8".to_owned())],
            body: b"<s:Envelope/>".to_vec(),
        },
        outcome,
        values: BTreeMap::new(),
        sent: "2026-01-15T12:00:00.000Z".to_owned(),
        millis: 2,
        facts: BTreeMap::new(),
        opened: None,
    }
}

fn answered(status: u16, kind: &str, body: &str) -> Outcome {
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    Outcome::Answered(HttpResponse { status, headers, body: body.as_bytes().to_vec() })
}

fn case(id: &str, verdict: Verdict, rows: &[(&str, Verdict)], findings: Vec<Finding>) -> CaseVerdict {
    CaseVerdict {
        name: format!("{id}@soap=1.2"),
        case: id.to_owned(),
        variant: "soap=1.2".to_owned(),
        title: format!("The title of {id}"),
        why: format!("Somebody relies on {id}."),
        verdict,
        expectation: None,
        findings,
        requirements: rows.iter().map(|(row, verdict)| ((*row).to_owned(), *verdict)).collect(),
        evidence: Evidence::default(),
    }
}

fn cases() -> Vec<CaseVerdict> {
    use Verdict::{Blocked, Error, Fail, Inapplicable, Note, Pass, Warn};
    let failed = Finding {
        expected: Some("_x1".to_owned()),
        found: Some(HOSTILE.to_owned()),
        place: Some("answer line 3, column 14".to_owned()),
        ..finding(Fail, Some("wst.a"), &format!("`@Context` is \"{HOSTILE}\", but must be `_x1`"))
    };
    let with = |mut case: CaseVerdict, outcome: Outcome| {
        case.evidence.exchanges.push(exchange(outcome));
        case
    };
    let excused = CaseVerdict {
        expectation: Some(expected("Ticket 4711.")),
        ..case("issue/excused", Fail, &[("wst.c", Fail)], vec![finding(Fail, Some("wst.c"), "it is missing")])
    };
    let gone =
        CaseVerdict { expectation: Some(stale("Ticket 42.")), ..case("issue/gone", Pass, &[("wst.d", Pass)], vec![]) };
    let broke = Outcome::Broken {
        how: Break::Dropped,
        because: "sts.example.test: the connection was closed before the answer began".to_owned(),
        received: Vec::new(),
    };
    let because = "sts.example.test: the connection was closed before the answer began";
    vec![
        case("issue/passed", Pass, &[("wst.b", Pass)], vec![]),
        case("issue/noted", Note, &[("wst.b", Note)], vec![finding(Note, Some("wst.b"), "refused, but badly said")]),
        case("issue/warned", Warn, &[("soap.a", Warn)], vec![finding(Warn, Some("soap.a"), "no `Reason` in English")]),
        with(
            case("issue/failed", Fail, &[("wst.a", Fail)], vec![failed, finding(Note, Some("wst.b"), "another code")]),
            answered(500, "text/html; <b>", HOSTILE),
        ),
        case("issue/blocked", Blocked, &[("wst.e", Blocked)], vec![finding(Blocked, None, "step `first`: no token")]),
        with(case("soap/broken", Error, &[], vec![finding(Error, None, because)]), broke),
        case(
            "soap/unclaimed",
            Inapplicable,
            &[],
            vec![finding(Inapplicable, None, "the target does not claim `act-as`")],
        ),
        excused,
        gone,
    ]
}

fn rules() -> Vec<RuleVerdict> {
    let rule = |id: &str, verdict, row: &str, broken, occurrences| RuleVerdict {
        rule: id.to_owned(),
        title: format!("The title of {id}"),
        why: format!("Somebody relies on {id}."),
        verdict,
        expectation: None,
        applied: 7,
        broken,
        requirements: [(row.to_owned(), verdict)].into(),
        occurrences,
    };
    let seen = Occurrence {
        case: "issue/passed@soap=1.2".to_owned(),
        finding: finding(Verdict::Fail, Some("wst.f"), "`wst:Lifetime` is missing in the answer"),
    };
    vec![
        rule("kept", Verdict::Pass, "soap.b", 0, vec![]),
        rule("broken", Verdict::Fail, "wst.f", 2, vec![seen]),
        RuleVerdict { applied: 0, ..rule("never-seen", Verdict::Inapplicable, "soap.c", 0, vec![]) },
    ]
}

fn requirement(id: &str, verdict: Verdict, expectation: Option<Expectation>) -> RequirementVerdict {
    let spec = if id.starts_with("wst.") { "WS-Trust 1.4" } else { "SOAP 1.2" };
    RequirementVerdict {
        id: id.to_owned(),
        spec: spec.to_owned(),
        section: "3.2".to_owned(),
        level: "MUST".to_owned(),
        text: format!("The text of {id}."),
        verdict,
        expectation,
        sources: vec![Source { name: "issue/somewhere@soap=1.2".to_owned(), verdict }],
    }
}

fn finished() -> Run {
    use Verdict::{Blocked, Fail, Note, Pass, Warn};
    let cases = cases();
    Run {
        format: 1,
        tool: "0.0.0".to_owned(),
        suite: "0123456789abcdef".to_owned(),
        target: Target {
            name: "example <STS>".to_owned(),
            url: "https://sts.example.test/sts".to_owned(),
            again: "stsproof run --profile example.toml".to_owned(),
        },
        started: "2026-01-15T12:00:00.000Z".to_owned(),
        conclusion: Conclusion::NonConformant,
        halted: None,
        totals: Totals::of(cases.iter().map(|case| case.verdict)),
        requirements: vec![
            requirement("soap.a", Warn, None),
            requirement("soap.b", Pass, None),
            requirement("wst.a", Fail, None),
            requirement("wst.b", Note, None),
            requirement("wst.c", Fail, Some(expected("Ticket 4711."))),
            requirement("wst.d", Pass, Some(stale("Ticket 42."))),
            requirement("wst.e", Blocked, None),
            requirement("wst.f", Fail, None),
        ],
        cases,
        rules: rules(),
    }
}

fn written(format: Format, run: &Run) -> String {
    let mut bytes = Vec::new();
    format.write(run, &mut bytes).expect("memory can be written to");
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
    for format in [Format::Text, Format::Junit, Format::Markdown] {
        let report = written(format, &finished());
        let stray = report.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(stray, None, "{format:?}: {report}");
    }
}

#[test]
fn what_a_target_sends_is_no_markup_in_a_pull_request() {
    let report = written(Format::Markdown, &finished());
    assert!(!report.contains("<script>") && !report.contains("[y](z)") && !report.contains("**`x`**"), "{report}");
}

#[test]
fn the_junit_report_is_well_formed_and_counts_right() {
    let report = written(Format::Junit, &finished());
    let tree = Tree::from_text(&report).unwrap_or_else(|refusal| panic!("{refusal}\n{report}"));
    let named = |name: &str| tree.descendants(tree.root()).filter(|node| tree.name(*node).local == name).count();
    assert_eq!(named("testcase"), 9 + 3);
    assert_eq!(named("failure"), 3, "failed, stale and the broken rule");
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
