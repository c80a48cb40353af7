//! What holds for every answer, whatever was asked: which rules were broken, and how many answers kept the others.

use super::book::Book;
use super::requirements::reason;
use super::{Markup, label};
use crate::verdict::{RuleVerdict, Verdict};

/// The section with all rules that could be held against an answer.
pub(super) fn rules(book: &Book<'_>) -> Markup {
    let mut section = Markup::of(
        concat!(
            "<section id=\"rules\">\n<h2>Rules</h2>\n<p class=\"hint\">What every answer is held against, ",
            "whatever was asked.</p>\n"
        ),
        &[],
    );
    let applied = || book.run.rules.iter().filter(|rule| rule.verdict != Verdict::Inapplicable);
    let mut broken: Vec<&RuleVerdict> = applied().filter(|rule| !is_plain(rule)).collect();
    broken.sort_by_key(|rule| std::cmp::Reverse(rule.verdict));
    for rule in broken {
        section.put("{}", &[&of_rule(book, rule)]);
    }
    let kept: Vec<&RuleVerdict> = applied().filter(|rule| is_plain(rule)).collect();
    section
        .put("<details class=\"plain\"><summary>Kept <span>{}</span></summary>\n<ul class=\"kept\">", &[&kept.len()]);
    for rule in kept {
        section.put(
            "<li id=\"rule-{}\"><code>{}</code> {} <small>{} answers</small></li>\n",
            &[&rule.rule, &rule.rule, &rule.title, &rule.applied],
        );
    }
    section.put("</ul></details>\n</section>", &[]);
    section
}

fn of_rule(book: &Book<'_>, rule: &RuleVerdict) -> Markup {
    let mut told = Markup::of("<details class=\"case {}\" id=\"rule-{}\"><summary>", &[&rule.verdict, &rule.rule]);
    told.put("{} <code>{}</code> ", &[&label(rule.verdict), &rule.rule]);
    told.put("<small>{} of {} answers</small>", &[&rule.broken, &rule.applied]);
    told.put("<span class=\"title\">{}</span></summary>\n<p class=\"why\">{}</p>", &[&rule.title, &rule.why]);
    told.put("{}<ul class=\"clauses\">", &[&reason(rule.expectation.as_ref())]);
    for (id, verdict) in &rule.requirements {
        told.put("<li>{} {} ", &[&label(*verdict), &book.requirement(id)]);
        if let Some(row) = book.row(id) {
            told.put("<small>{} § {}, {}</small> {}", &[&row.spec, &row.section, &row.level, &row.text]);
        }
        told.put("</li>", &[]);
    }
    told.put("</ul>\n<ol class=\"findings\">", &[]);
    for seen in &rule.occurrences {
        told.put("<li>{}: {}</li>\n", &[&book.case(&seen.case), &seen.finding.message]);
    }
    told.put("</ol></details>\n", &[]);
    told
}

fn is_plain(rule: &RuleVerdict) -> bool {
    rule.verdict == Verdict::Pass && rule.expectation.is_none()
}
