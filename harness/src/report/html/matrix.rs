//! Every case by the variants it was asked in: one look tells whether SOAP 1.1 and 1.2 are treated alike.

use std::collections::BTreeMap;

use super::book::Book;
use super::{Markup, sign};
use crate::verdict::{CaseVerdict, Expectation, Totals, Verdict};

/// The section with a table for each topic.
pub(super) fn matrix(book: &Book<'_>) -> Markup {
    let columns = Columns::of(&book.run.cases);
    let mut topics: Vec<(&str, Vec<&CaseVerdict>)> = Vec::new();
    for case in &book.run.cases {
        let topic = case.case.split_once('/').map_or("", |(topic, _)| topic);
        match topics.iter_mut().find(|(known, _)| *known == topic) {
            Some((_, cases)) => cases.push(case),
            None => topics.push((topic, vec![case])),
        }
    }
    let mut section = Markup::of(
        concat!(
            "<section id=\"matrix\">\n<h2>Matrix by variant</h2>\n<p class=\"hint\">Each sign is one case in one ",
            "variant; several in a cell differ in the token or in WS-Addressing. A frame means that the profile ",
            "expects the deviation.</p>\n"
        ),
        &[],
    );
    for (topic, cases) in topics {
        section.put("{}", &[&of_topic(book, topic, &cases, &columns)]);
    }
    section.put("</section>", &[]);
    section
}

/// The versions of SOAP and WS-Trust that occur, in the order of the plan.
struct Columns<'r> {
    soap: Vec<&'r str>,
    trust: Vec<&'r str>,
}

impl<'r> Columns<'r> {
    fn of(cases: &'r [CaseVerdict]) -> Self {
        let mut columns = Self { soap: Vec::new(), trust: Vec::new() };
        for case in cases {
            for (axis, values) in [("soap", &mut columns.soap), ("trust", &mut columns.trust)] {
                if let Some(value) = value(case, axis).filter(|value| !values.contains(value)) {
                    values.push(value);
                }
            }
        }
        for values in [&mut columns.soap, &mut columns.trust] {
            if values.is_empty() {
                values.push("");
            }
        }
        columns
    }

    /// The column of a case. What older reports do not say is the first value of the axis.
    fn place(&self, case: &'r CaseVerdict) -> (&'r str, &'r str) {
        (value(case, "soap").unwrap_or(self.soap[0]), value(case, "trust").unwrap_or(self.trust[0]))
    }

    fn all(&self) -> impl Iterator<Item = (&'r str, &'r str)> {
        self.soap.iter().flat_map(|soap| self.trust.iter().map(move |trust| (*soap, *trust)))
    }

    fn head(&self) -> Markup {
        let mut head = Markup::of("<thead><tr><th rowspan=\"2\"></th>", &[]);
        for soap in &self.soap {
            head.put("<th colspan=\"{}\">SOAP {}</th>", &[&self.trust.len(), soap]);
        }
        head.put("</tr><tr>", &[]);
        for (_, trust) in self.all() {
            head.put("<th>{}</th>", &[&trust.replace('-', "/")]);
        }
        head.put("</tr></thead>", &[]);
        head
    }
}

fn value<'r>(case: &'r CaseVerdict, axis: &str) -> Option<&'r str> {
    let pairs = case.variant.split(',').filter_map(|pair| pair.split_once('='));
    let varied = pairs.filter(|(name, _)| *name == axis).map(|(_, value)| value).next();
    varied.or_else(|| case.axes.get(axis).map(String::as_str))
}

fn of_topic(book: &Book<'_>, topic: &str, cases: &[&CaseVerdict], columns: &Columns<'_>) -> Markup {
    let totals = Totals::of(cases.iter().map(|case| case.verdict));
    let plain = cases.iter().all(|case| is_plain(case));
    let mut table = if plain {
        Markup::of("<details class=\"topic plain\"><summary>{} ", &[&topic])
    } else {
        Markup::of("<details class=\"topic\" open=\"\"><summary>{} ", &[&topic])
    };
    for verdict in Verdict::ALL.into_iter().rev().filter(|verdict| totals.count(*verdict) > 0) {
        table.put("<span class=\"chip {}\">{} {}</span> ", &[&verdict, &sign(verdict), &totals.count(verdict)]);
    }
    table.put("</summary>\n<div class=\"scroll\"><table class=\"matrix\">{}<tbody>\n", &[&columns.head()]);
    let mut rows: Vec<(&str, Vec<&CaseVerdict>)> = Vec::new();
    for case in cases {
        match rows.last_mut().filter(|(id, _)| *id == case.case) {
            Some((_, variants)) => variants.push(case),
            None => rows.push((&case.case, vec![case])),
        }
    }
    for (id, variants) in rows {
        table.put("{}", &[&row(book, id, &variants, columns)]);
    }
    table.put("</tbody></table></div></details>\n", &[]);
    table
}

fn row(book: &Book<'_>, id: &str, variants: &[&CaseVerdict], columns: &Columns<'_>) -> Markup {
    let mut cells: BTreeMap<(&str, &str), Markup> = BTreeMap::new();
    for case in variants {
        cells.entry(columns.place(case)).or_default().put("{}", &[&cell(book, case)]);
    }
    let class = if variants.iter().all(|case| is_plain(case)) { "plain" } else { "told" };
    let title = variants.first().map_or("", |case| case.title.as_str());
    let mut row = Markup::of("<tr class=\"{}\"><th><code>{}</code> <span>{}</span></th>", &[&class, &id, &title]);
    for column in columns.all() {
        row.put("<td>{}</td>", &[cells.get(&column).unwrap_or(&Markup::new())]);
    }
    row.put("</tr>\n", &[]);
    row
}

fn cell(book: &Book<'_>, case: &CaseVerdict) -> Markup {
    let class = if Expectation::excuses(case.expectation.as_ref()) { "sign excused" } else { "sign" };
    let (verdict, sign) = (case.verdict, sign(case.verdict));
    let says = format!("{}: {verdict}", case.variant);
    match book.number(&case.name) {
        Some(number) => Markup::of(
            "<a class=\"{} {}\" href=\"#c{}\" title=\"{}\">{}</a>",
            &[&class, &verdict, &number, &says, &sign],
        ),
        None => Markup::of("<span class=\"{} {}\" title=\"{}\">{}</span>", &[&class, &verdict, &says, &sign]),
    }
}

fn is_plain(case: &CaseVerdict) -> bool {
    matches!(case.verdict, Verdict::Pass | Verdict::Inapplicable) && case.expectation.is_none()
}
