//! What is against the target, what its profile expects, and every requirement that the run reached.

use super::book::Book;
use super::{Markup, label};
use crate::report::summary::{self, Unseen, specifications};
use crate::verdict::{CaseVerdict, Deviation, DeviationState, Expectation, RequirementVerdict, Source, Verdict};

/// More sources of one verdict than this are counted only.
const SOURCES: usize = 12;

/// The section that a reader in a hurry reads: unexpected, expected, stale, open.
pub(super) fn deviations(book: &Book<'_>) -> Markup {
    let mut section = Markup::of("<section id=\"deviations\">\n<h2>Deviations</h2>\n", &[]);
    let rows = || book.run.requirements.iter();
    let against: Vec<_> = rows().filter(|row| row.verdict.is_against() && row.expectation.is_none()).collect();
    let excused: Vec<_> = rows().filter(|row| Expectation::excuses(row.expectation.as_ref())).collect();
    let stale: Vec<_> = rows().filter(|row| matches!(row.expectation, Some(Expectation::Stale { .. }))).collect();
    let of_no_row = of_no_row(book);
    let none = against.is_empty() && excused.is_empty() && stale.is_empty() && of_no_row.is_empty();
    section.put("{}", &[&list("Against the target", &against, book)]);
    section.put("{}", &[&cases_of_no_row(book, &of_no_row)]);
    section.put("{}", &[&no_more_excused(book)]);
    section.put("{}", &[&list("Stale: the profile lists a deviation that has gone", &stale, book)]);
    section.put("{}", &[&cases_of_the_profile(book)]);
    section.put("{}", &[&list("Expected by the profile", &excused, book)]);
    if none {
        section.put("<p>No requirement that was reached is missed.</p>\n", &[]);
    }
    let is_open = |verdict: Verdict| verdict.is_open();
    section.put("{}", &[&unseen(book, "Could not be looked at", is_open)]);
    section.put("{}</section>", &[&unseen(book, "Not asked", |verdict| verdict == Verdict::Inapplicable)]);
    section
}

/// Cases against the target that cover no row of the register, as most hostile ones do.
fn of_no_row<'r>(book: &Book<'r>) -> Vec<&'r CaseVerdict> {
    let bare = |case: &&CaseVerdict| !case.requirements.values().any(|verdict| verdict.is_against());
    let against = book.run.cases.iter().filter(|case| case.verdict.is_against() && case.expectation.is_none());
    against.filter(bare).collect()
}

fn cases_of_no_row(book: &Book<'_>, cases: &[&CaseVerdict]) -> Markup {
    if cases.is_empty() {
        return Markup::new();
    }
    let heading = "Against the target, without a row of the register";
    let mut list = Markup::of("<h3>{} <span>{}</span></h3>\n<dl class=\"rows\">", &[&heading, &cases.len()]);
    for case in cases {
        let because = case.findings.first().map_or("", |finding| finding.message.as_str());
        list.put("<div><dt>{} {}</dt>", &[&label(case.verdict), &book.case(&case.name)]);
        list.put("<dd>{}<p class=\"by\">{}</p></dd></div>\n", &[&case.title, &because]);
    }
    list.put("</dl>\n", &[]);
    list
}

/// What the profile lists and does not excuse: it is worse than listed, or its time is up.
fn no_more_excused(book: &Book<'_>) -> Markup {
    let states = [(DeviationState::Worse, "worse than listed"), (DeviationState::Over, "its time is up")];
    let mut list = Markup::new();
    for deviation in &book.run.deviations {
        let Some((_, words)) = states.iter().find(|(state, _)| *state == deviation.state) else { continue };
        let Deviation { of, reason, .. } = deviation;
        list.put(
            "<p class=\"reason stale\"><b>Listed by the profile, {}:</b> <code>{}</code>. {}</p>\n",
            &[words, of, reason],
        );
    }
    list
}

/// Every requirement that was reached, by specification.
pub(super) fn register(book: &Book<'_>) -> Markup {
    let mut section = Markup::of("<section id=\"requirements\">\n<h2>Requirements</h2>\n", &[]);
    for spec in specifications(&book.run.requirements) {
        let rows: Vec<_> = book.run.requirements.iter().filter(|row| row.spec == spec).collect();
        let plain = rows.iter().all(|row| is_plain(row));
        let class = if plain { "spec plain" } else { "spec" };
        section.put(
            "<details class=\"{}\"><summary>{} <span>{}</span></summary>\n<dl class=\"rows\">",
            &[&class, &spec, &rows.len()],
        );
        for row in rows {
            section.put("{}", &[&entry(row, book)]);
        }
        section.put("</dl></details>\n", &[]);
    }
    section.put("</section>", &[]);
    section
}

fn is_plain(row: &RequirementVerdict) -> bool {
    matches!(row.verdict, Verdict::Pass | Verdict::Inapplicable) && row.expectation.is_none()
}

fn entry(row: &RequirementVerdict, book: &Book<'_>) -> Markup {
    let class = if is_plain(row) { "plain" } else { "told" };
    let mut entry = Markup::of("<div class=\"{}\" id=\"{}\"><dt>{}", &[&class, &row.id, &label(row.verdict)]);
    entry.put(" <code>{}</code> <small>§ {} {}</small></dt>", &[&row.id, &row.section, &row.level]);
    entry.put("<dd>{}{}{}</dd></div>\n", &[&row.text, &reason(row.expectation.as_ref()), &sources(row, book)]);
    entry
}

fn list(heading: &'static str, rows: &[&RequirementVerdict], book: &Book<'_>) -> Markup {
    if rows.is_empty() {
        return Markup::new();
    }
    let mut list = Markup::of("<h3>{} <span>{}</span></h3>\n<dl class=\"rows\">", &[&heading, &rows.len()]);
    for row in rows {
        list.put("<div><dt>{} {}", &[&label(row.verdict), &book.requirement(&row.id)]);
        list.put(" <small>{} § {}, {}</small></dt>", &[&row.spec, &row.section, &row.level]);
        list.put("<dd>{}{}{}</dd></div>\n", &[&row.text, &reason(row.expectation.as_ref()), &sources(row, book)]);
    }
    list.put("</dl>\n", &[]);
    list
}

/// What a profile says about single cases, which need not show in any requirement.
fn cases_of_the_profile(book: &Book<'_>) -> Markup {
    let stale = |expectation: &Option<Expectation>| matches!(expectation, Some(Expectation::Stale { .. }));
    let cases: Vec<_> = book.run.cases.iter().filter(|case| stale(&case.expectation)).collect();
    if cases.is_empty() {
        return Markup::new();
    }
    let mut list = Markup::of("<h3>Stale: cases <span>{}</span></h3>\n<ul>", &[&cases.len()]);
    for case in cases {
        list.put("<li>{}{}</li>\n", &[&book.case(&case.name), &reason(case.expectation.as_ref())]);
    }
    list.put("</ul>\n", &[]);
    list
}

/// What says nothing about the target, by the reason.
fn unseen(book: &Book<'_>, heading: &'static str, belongs: impl Fn(Verdict) -> bool) -> Markup {
    let by_reason = summary::unseen(book.run, belongs);
    if by_reason.is_empty() {
        return Markup::new();
    }
    let mut list = Markup::of("<h3>{}</h3>\n<dl class=\"rows\">", &[&heading]);
    for Unseen { verdict, because, names } in by_reason {
        let shown: Vec<Markup> = names.iter().take(SOURCES).map(|name| book.case(name)).collect();
        list.put("<div><dt>{} <small>{}</small></dt>", &[&label(verdict), &cases(names.len())]);
        list.put("<dd>{}<p class=\"by\">{}</p></dd></div>\n", &[&because, &joined(&shown, names.len())]);
    }
    list.put("</dl>\n", &[]);
    list
}

/// What the profile says about a deviation.
pub(super) fn reason(expectation: Option<&Expectation>) -> Markup {
    match expectation {
        None => Markup::new(),
        Some(Expectation::Expected { reason }) => Markup::of("<p class=\"reason\"><b>Expected.</b> {}</p>", &[reason]),
        Some(Expectation::Stale { reason }) => {
            Markup::of("<p class=\"reason stale\"><b>Stale:</b> it was expected to deviate. {}</p>", &[reason])
        }
    }
}

/// Who says so: those that are to blame for the verdict, or how many agree that it holds.
fn sources(row: &RequirementVerdict, book: &Book<'_>) -> Markup {
    if is_plain(row) {
        return Markup::of(" <small class=\"by\">by {}</small>", &[&row.sources.len()]);
    }
    let telling: Vec<&Source> = row.sources.iter().filter(|source| source.verdict == row.verdict).collect();
    let shown: Vec<Markup> = telling.iter().take(SOURCES).map(|source| book.source(&source.name)).collect();
    let of = |belongs: fn(&Verdict) -> bool| row.sources.iter().filter(|source| belongs(&source.verdict)).count();
    let kept = of(|verdict| matches!(verdict, Verdict::Pass | Verdict::Note));
    let unseen = of(|verdict| verdict.is_open());
    let mut by = Markup::of("<p class=\"by\">{}", &[&joined(&shown, telling.len())]);
    if kept > 0 && row.verdict.is_against() {
        by.put("; {} found it kept", &[&kept]);
    }
    if unseen > 0 && row.verdict.is_against() {
        by.put("; {} could not look", &[&unseen]);
    }
    by.put("</p>", &[]);
    by
}

fn cases(number: usize) -> String {
    if number == 1 { "1 case".to_owned() } else { format!("{number} cases and variants") }
}

fn joined(shown: &[Markup], all: usize) -> Markup {
    let mut joined = Markup::new();
    for (index, one) in shown.iter().enumerate() {
        joined.put("{}{}", &[&if index == 0 { "" } else { ", " }, one]);
    }
    if all > shown.len() {
        joined.put(" and {} more", &[&(all - shown.len())]);
    }
    joined
}
