//! The comparison as a page in the manner of a run's own.

use std::io::{self, Write};

use super::{Agreement, Comparison, Row, letter};
use crate::report::html::{Markup, page, sign};
use crate::report::summary;

pub(super) fn write(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut body = Markup::of(
        "<header>\n<p class=\"tool\">stsproof · WS-Trust conformance</p>\n<h1>{} runs side by side</h1>\n{}</header>\n",
        &[&comparison.runs.len(), &targets(comparison)],
    );
    body.put("<section>\n<h2>Requirements that hold</h2>\n{}</section>\n", &[&held(comparison)]);
    for (agreement, heading) in Agreement::ALL {
        let count = comparison.count(agreement);
        let rows = rows(comparison, agreement);
        if agreement == Agreement::Differs {
            body.put("<section>\n<h2>{} <span>{}</span></h2>\n{}</section>\n", &[&heading, &count, &rows]);
        } else {
            body.put("<section>\n<h2>{} <span>{}</span></h2>\n", &[&heading, &count]);
            body.put(
                "<details class=\"topic plain\"><summary>all of them</summary>\n{}</details></section>\n",
                &[&rows],
            );
        }
    }
    let names: Vec<&str> = comparison.runs.iter().map(|run| run.target.name.as_str()).collect();
    page(&Markup::of("{}", &[&names.join(", ")]), &body, out)
}

fn targets(comparison: &Comparison<'_>) -> Markup {
    let mut list = Markup::of("<dl class=\"rows\">", &[]);
    for (index, run) in comparison.runs.iter().enumerate() {
        let (verdict, word) = summary::word(run);
        list.put("<div><dt><b>{}</b> {}</dt>", &[&letter(index), &run.target.name]);
        list.put("<dd><span class=\"label {}\">{} {}</span>", &[&verdict, &sign(verdict), &word]);
        list.put("<br/>begun {}, stsproof {}, suite <code>{}</code>", &[&run.started, &run.tool, &run.suite]);
        list.put("<p class=\"again\"><code>{}</code></p></dd></div>\n", &[&run.target.again]);
    }
    list.put("</dl>\n", &[]);
    if let Some(caution) = comparison.caution() {
        list.put("<p class=\"reason stale\">{}</p>\n", &[&caution]);
    }
    list
}

fn held(comparison: &Comparison<'_>) -> Markup {
    let mut table = Markup::of("<div class=\"scroll\"><table class=\"matrix\">{}<tbody>\n", &[&head(comparison)]);
    for spec in comparison.specifications() {
        table.put("<tr><th>{}</th>", &[&spec]);
        for share in comparison.held(spec) {
            let class = match share.worst {
                None => "none".to_owned(),
                Some(worst) if worst.is_against() || worst.is_open() => format!("missed {worst}"),
                Some(_) => "held".to_owned(),
            };
            table.put("<td class=\"{}\">{}</td>", &[&class, &share.to_string()]);
        }
        table.put("</tr>\n", &[]);
    }
    table.put("</tbody></table></div>\n", &[]);
    table
}

fn rows(comparison: &Comparison<'_>, agreement: Agreement) -> Markup {
    let mut tables = Markup::new();
    for (spec, rows) in comparison.by_specification(agreement) {
        tables.put("<h3>{}</h3>\n<div class=\"scroll\"><table class=\"matrix\">", &[&spec]);
        tables.put("{}<tbody>\n", &[&head(comparison)]);
        for row in rows {
            tables.put("{}", &[&self::row(row)]);
        }
        tables.put("</tbody></table></div>\n", &[]);
    }
    tables
}

fn head(comparison: &Comparison<'_>) -> Markup {
    let mut head = Markup::of("<thead><tr><th></th>", &[]);
    for (index, run) in comparison.runs.iter().enumerate() {
        head.put("<th title=\"{}\">{}</th>", &[&run.target.name, &letter(index)]);
    }
    head.put("</tr></thead>", &[]);
    head
}

fn row(row: &Row<'_>) -> Markup {
    let about = row.about;
    let mut cells = Markup::of("<tr><th><code>{}</code> <small>§ {}, ", &[&about.id, &about.section]);
    cells.put("{}</small> <span>{}</span></th>", &[&about.level, &about.text]);
    for cell in &row.cells {
        match cell {
            None => cells.put("<td class=\"none\">·</td>", &[]),
            Some(cell) => {
                let (verdict, sign) = (cell.verdict, sign(cell.verdict));
                let class = if cell.excused { "sign excused" } else { "sign" };
                cells.put("<td><span class=\"{} {}\">{} {}</span></td>", &[&class, &verdict, &sign, &verdict]);
            }
        }
    }
    cells.put("</tr>\n", &[]);
    cells
}
