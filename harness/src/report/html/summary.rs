//! Verdicts by specification and by level, drawn and counted.

use super::book::Book;
use super::{Markup, sign};
use crate::report::summary::{Row, by_layer, by_level, by_specification, column, reached, total};
use crate::requirement::Level;
use crate::verdict::{RequirementVerdict, Totals, Verdict};

/// From what is against the target to what says nothing.
const ORDER: [Verdict; 7] = [
    Verdict::Fail,
    Verdict::Warn,
    Verdict::Error,
    Verdict::Blocked,
    Verdict::Note,
    Verdict::Pass,
    Verdict::Inapplicable,
];

/// The section with both tables.
pub(super) fn summary(book: &Book<'_>) -> Markup {
    let run = book.run;
    let specs = by_specification(run);
    let mut section = Markup::of(
        concat!(
            "<section id=\"summary\">\n<h2>Summary</h2>\n<p class=\"hint\">Requirements that the run reached: how many ",
            "hold, of how many. A requirement takes the worst verdict of its cases and rules.</p>\n"
        ),
        &[],
    );
    section.put("{}", &[&legend(&total(&specs, run).totals)]);
    section.put("<h3>By specification</h3>\n{}", &[&plot(book, &specs, true)]);
    section.put("<h3>By level</h3>\n{}", &[&plot(book, &by_level(run), false)]);
    section.put("{}</section>", &[&hostile(&by_layer(run))]);
    section
}

/// What hostile requests brought, which no requirement need tell.
fn hostile(rows: &[Row]) -> Markup {
    let Some(longest) = rows.iter().map(Row::all).max() else { return Markup::new() };
    let mut table =
        Markup::of("<h3>Hostile requests, by layer</h3>\n<div class=\"scroll\"><table class=\"plot\"><tbody>\n", &[]);
    for row in rows {
        let against = row.totals.count(Verdict::Fail) + row.totals.count(Verdict::Warn);
        table.put("<tr><th>{}</th><td class=\"drawn\">{}</td>", &[&row.spec, &bar(&row.totals, longest)]);
        let class = if row.totals.count(Verdict::Fail) > 0 { "missed fail" } else { "held" };
        table.put("<td class=\"{}\">{}/{}</td></tr>\n", &[&class, &(row.all() - against), &row.all()]);
    }
    table.put("</tbody></table></div>\n", &[]);
    table
}

/// Shares of the verdicts as one bar; its length is that of all counted, as a part of `longest`.
pub(super) fn bar(totals: &Totals, longest: usize) -> Markup {
    let words: Vec<String> = ORDER
        .iter()
        .filter(|verdict| totals.count(**verdict) > 0)
        .map(|verdict| format!("{} {verdict}", totals.count(*verdict)))
        .collect();
    let mut bar = Markup::of(
        concat!(
            "<svg class=\"bar\" viewBox=\"0 0 {} 10\" preserveAspectRatio=\"none\" role=\"img\" ",
            "aria-label=\"{}\"><title>{}</title>"
        ),
        &[&longest, &words.join(", "), &words.join(", ")],
    );
    let mut at = 0;
    for verdict in ORDER {
        let count = totals.count(verdict);
        if count > 0 {
            bar.put("<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"10\"/>", &[&verdict, &at, &count]);
            at += count;
        }
    }
    bar.put("</svg>", &[]);
    bar
}

/// How many of some requirements hold, of how many.
pub(super) fn held<'r>(rows: impl IntoIterator<Item = &'r RequirementVerdict>) -> Markup {
    let verdicts: Vec<Verdict> = rows.into_iter().map(|row| row.verdict).collect();
    let Some(worst) = verdicts.iter().max() else { return Markup::of("<td class=\"none\">·</td>", &[]) };
    let held = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Pass | Verdict::Note)).count();
    let reached = reached(&verdicts);
    if held == reached && !worst.is_open() {
        return Markup::of("<td class=\"held\">{}</td>", &[&held]);
    }
    Markup::of("<td class=\"missed {}\">{}/{}</td>", &[worst, &held, &reached])
}

fn legend(totals: &Totals) -> Markup {
    let mut legend = Markup::of("<p class=\"legend\">", &[]);
    for verdict in ORDER.into_iter().filter(|verdict| totals.count(*verdict) > 0) {
        let sign = sign(verdict);
        legend.put("<span class=\"{}\"><i>{}</i> {} {}</span> ", &[&verdict, &sign, &totals.count(verdict), &verdict]);
    }
    legend.put("</p>\n", &[]);
    legend
}

fn plot(book: &Book<'_>, rows: &[Row], by_weight: bool) -> Markup {
    let longest = rows.iter().map(Row::all).max().unwrap_or(1);
    let mut table = Markup::of("<div class=\"scroll\"><table class=\"plot\"><thead><tr><th></th><th></th>", &[]);
    if by_weight {
        for column in Level::COLUMNS {
            table.put("<th>{}</th>", &[&column]);
        }
    }
    table.put("<th>all</th></tr></thead><tbody>\n", &[]);
    for row in rows {
        let of_row = |one: &&RequirementVerdict| {
            if by_weight { one.spec == row.spec } else { column(one) == row.spec }
        };
        let mine: Vec<&RequirementVerdict> = book.run.requirements.iter().filter(of_row).collect();
        table.put("<tr><th>{}</th><td class=\"drawn\">{}</td>", &[&row.spec, &bar(&row.totals, longest)]);
        if by_weight {
            for name in Level::COLUMNS {
                table.put("{}", &[&held(mine.iter().copied().filter(|one| column(one) == name))]);
            }
        }
        table.put("{}</tr>\n", &[&held(mine)]);
    }
    table.put("</tbody></table></div>\n", &[]);
    table
}
