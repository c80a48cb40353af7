//! A run built by hand: each verdict once, each kind of expectation, and a target that sends markup, control
//! characters and escapes where a report would show them.

use std::collections::BTreeMap;

use stsproof::exchange::transcript::{Break, Exchange, HttpRequest, HttpResponse, Outcome};
use stsproof::verdict::{
    CaseVerdict, Conclusion, Deviation, DeviationState, Evidence, Expectation, Finding, Occurrence, Position,
    RequirementVerdict, RuleVerdict, Run, Source, Spot, Target, Totals, Verdict,
};

/// What a hostile target puts into a fault's reason.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script> ]]> | **`x`** [y](z) & \u{1b}[31mred\u{7}\nnext \"line\"\u{202e} @team https://evil.example/";

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
        spot: None,
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
        axes: BTreeMap::new(),
        title: format!("The title of {id}"),
        why: format!("Somebody relies on {id}."),
        verdict,
        expectation: None,
        findings,
        requirements: rows.iter().map(|(row, verdict)| ((*row).to_owned(), *verdict)).collect(),
        evidence: Evidence::default(),
        again: None,
    }
}

pub(crate) fn cases() -> Vec<CaseVerdict> {
    use Verdict::{Blocked, Error, Fail, Inapplicable, Note, Pass, Warn};
    let failed = Finding {
        expected: Some("_x1".to_owned()),
        found: Some(HOSTILE.to_owned()),
        place: Some("answer line 1, column 4".to_owned()),
        spot: Some(Spot {
            document: "answer".to_owned(),
            from: Position { line: 1, column: 4 },
            to: Position { line: 1, column: 14 },
        }),
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
            answered(500, "text/html; <b>", &format!("<a><b x='1'/>{HOSTILE}</a>")),
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

pub(crate) fn finished() -> Run {
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
        deviations: vec![
            deviation("wst.c", Fail, "Ticket 4711.", DeviationState::Seen),
            deviation("issue/gone@soap=1.2", Fail, "Ticket 42.", DeviationState::Stale),
            deviation("issue/unasked", Warn, "Ticket 43.", DeviationState::Open),
            deviation("wst.f", Fail, "Ticket 44.", DeviationState::Over),
        ],
    }
}

fn deviation(of: &str, verdict: Verdict, reason: &str, state: DeviationState) -> Deviation {
    Deviation { of: of.to_owned(), verdict, reason: reason.to_owned(), evidence: None, state }
}
