//! The cases that there is something to say about, each with its clauses, findings, evidence and how to repeat it.

use super::book::Book;
use super::exchange::exchange;
use super::listing::Mark;
use super::requirements::reason;
use super::{Markup, label};
use crate::verdict::{CaseVerdict, Finding, Verdict};

/// The section with all that are told.
pub(super) fn cases(book: &Book<'_>) -> Markup {
    let mut section = Markup::of("<section id=\"cases\">\n<h2>Cases</h2>\n", &[]);
    let mut told: Vec<(usize, &CaseVerdict)> =
        book.run.cases.iter().filter_map(|case| Some((book.number(&case.name)?, case))).collect();
    let all = book.run.cases.len();
    if told.len() < all {
        section.put(
            "<p class=\"hint\">{} of {} are told here: those about which something was found. The matrix has all.</p>\n",
            &[&told.len(), &all],
        );
    }
    told.sort_by_key(|(number, case)| (std::cmp::Reverse(case.verdict), *number));
    for (number, case) in told {
        section.put("{}", &[&of_case(book, number, case)]);
    }
    section.put("</section>", &[]);
    section
}

fn of_case(book: &Book<'_>, number: usize, case: &CaseVerdict) -> Markup {
    let by_rules = book.by_rules(&case.name);
    let class = match case.verdict {
        Verdict::Pass => "case plain",
        _ => "case",
    };
    let mut told = Markup::of("<details class=\"{} {}\" id=\"c{}\"><summary>", &[&class, &case.verdict, &number]);
    told.put("{} <code>{}</code>", &[&label(case.verdict), &case.case]);
    if !case.variant.is_empty() {
        told.put(" <small>{}</small>", &[&case.variant.replace(',', ", ")]);
    }
    told.put("<span class=\"title\">{}</span></summary>\n", &[&case.title]);
    told.put("<p class=\"why\">{}</p>{}\n", &[&case.why, &reason(case.expectation.as_ref())]);
    let findings: Vec<(Option<&str>, &Finding)> = case
        .findings
        .iter()
        .map(|finding| (None, finding))
        .chain(by_rules.iter().map(|(rule, finding)| (Some(rule.rule.as_str()), *finding)))
        .collect();
    told.put("{}{}", &[&found(book, &findings), &clauses(book, case)]);
    told.put("<p class=\"again\"><code>{}</code></p>\n", &[&book.run.again(&case.name)]);
    for seen in &case.evidence.exchanges {
        let about = |(_, finding): &(Option<&str>, &Finding)| finding.step == seen.step;
        let numbered = findings.iter().zip(1..).filter(|(one, _)| about(one));
        let marks: Vec<(&str, Mark)> = numbered.filter_map(|((_, finding), number)| mark(finding, number)).collect();
        told.put("{}", &[&exchange(seen, case.evidence.exchanges.len() > 1, &marks)]);
    }
    told.put("</details>\n", &[]);
    told
}

/// Where a finding is marked, and in which document.
fn mark(finding: &Finding, number: usize) -> Option<(&str, Mark)> {
    let spot = finding.spot.as_ref()?;
    Some((&spot.document, Mark { from: spot.from, to: spot.to, verdict: finding.verdict, number }))
}

fn found(book: &Book<'_>, findings: &[(Option<&str>, &Finding)]) -> Markup {
    if findings.is_empty() {
        return Markup::new();
    }
    let mut list = Markup::of("<ol class=\"findings\">", &[]);
    for (rule, finding) in findings {
        list.put("<li class=\"{}\">{} ", &[&finding.verdict, &label(finding.verdict)]);
        if let Some(rule) = rule {
            list.put("{}: ", &[&book.source(&format!("rule {rule}"))]);
        }
        list.put("{}", &[&finding.message]);
        let row = finding.requirement.as_deref().and_then(|id| book.row(id));
        if let Some(row) = row {
            list.put(
                "<blockquote>{} <small>{} § {}, {}</small><br/>{}</blockquote>",
                &[&book.requirement(&row.id), &row.spec, &row.section, &row.level, &row.text],
            );
        }
        list.put("<dl>", &[]);
        for (name, value) in [("expected", &finding.expected), ("found", &finding.found), ("at", &finding.place)] {
            if let Some(value) = value {
                list.put("<div><dt>{}</dt><dd>{}</dd></div>", &[&name, value]);
            }
        }
        list.put("</dl></li>\n", &[]);
    }
    list.put("</ol>\n", &[]);
    list
}

/// The clauses that the case covers and that no finding has quoted.
fn clauses(book: &Book<'_>, case: &CaseVerdict) -> Markup {
    let quoted = |id: &str| case.findings.iter().any(|finding| finding.requirement.as_deref() == Some(id));
    let mut list = Markup::new();
    for (id, verdict) in case.requirements.iter().filter(|(id, _)| !quoted(id)) {
        if let Some(row) = book.row(id) {
            list.put("<li>{} {} ", &[&label(*verdict), &book.requirement(id)]);
            list.put("<small>{} § {}, {}</small> {}</li>", &[&row.spec, &row.section, &row.level, &row.text]);
        }
    }
    if list.is_empty() { list } else { Markup::of("<ul class=\"clauses\">{}</ul>\n", &[&list]) }
}
