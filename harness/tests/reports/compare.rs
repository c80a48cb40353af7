//! Several runs side by side.

use rstest::rstest;
use stsproof::report::{Comparison, Format};
use stsproof::verdict::{Run, Verdict};

use super::run::finished;

fn compared(runs: &[Run], format: Format, all: bool) -> String {
    let mut bytes = Vec::new();
    Comparison::of(runs).write(format, all, &mut bytes).expect("memory can be written to");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

/// The fixed run, and a later one of another suite in which one requirement is met and one is not reached.
fn runs() -> [Run; 2] {
    let mut later = finished();
    "example <STS> 2".clone_into(&mut later.target.name);
    "fedcba9876543210".clone_into(&mut later.suite);
    later.requirements.retain(|row| row.id != "wst.e");
    for row in later.requirements.iter_mut().filter(|row| row.id == "wst.a") {
        row.verdict = Verdict::Pass;
    }
    [finished(), later]
}

#[rstest]
#[case::text("text", Format::Text)]
#[case::markdown("markdown", Format::Markdown)]
fn a_comparison_begins_with_what_differs(#[case] name: &str, #[case] format: Format) {
    insta::assert_snapshot!(format!("compare_{name}"), compared(&runs(), format, true));
}

#[test]
fn the_page_of_a_comparison_marks_each_run() {
    let page = compared(&runs(), Format::Html, false);
    let (_, body) = page.split_once("<body>").expect("it has a body");
    insta::assert_snapshot!("compare_html", body);
}

#[test]
fn a_terminal_is_not_filled_with_what_all_agree_on() {
    let (short, long) = (compared(&runs(), Format::Text, false), compared(&runs(), Format::Text, true));
    assert!(short.contains("wst.a") && !short.contains("soap.b") && long.contains("soap.b"), "{short}");
    let alike = compared(&[finished(), finished()], Format::Text, false);
    assert!(alike.contains("Judged differently: 0"), "{alike}");
}
