//! The top of the page: whom the run was about, and the word about the whole.

use super::book::Book;
use super::summary::bar;
use super::{Markup, label, sign};
use crate::report::summary::word;
use crate::verdict::{Totals, Verdict};

/// Target, conclusion, and how many cases got each verdict.
pub(super) fn head(book: &Book<'_>) -> Markup {
    let run = book.run;
    let (verdict, words) = word(run);
    let mut head = Markup::new();
    head.put("<header>\n<p class=\"tool\">stsproof · WS-Trust conformance</p>\n<h1>{}</h1>\n", &[&run.target.name]);
    head.put("<p class=\"word {}\">{} {}</p>\n", &[&verdict, &sign(verdict), &words]);
    if let Some(reason) = &run.halted {
        head.put("<p class=\"halted\"><strong>The run could not go on.</strong> <q>{}</q></p>\n", &[reason]);
    }
    head.put("<dl class=\"facts\">", &[]);
    for (name, value) in [("address", &run.target.url), ("begun", &run.started), ("again", &run.target.again)] {
        head.put("<div><dt>{}</dt><dd><code>{}</code></dd></div>", &[&name, value]);
    }
    head.put("<div><dt>by</dt><dd>stsproof {}, suite <code>{}</code></dd></div></dl>\n", &[&run.tool, &run.suite]);
    head.put("{}</header>\n{}", &[&tiles(&run.totals, run.cases.len()), &navigation()]);
    head
}

fn tiles(totals: &Totals, cases: usize) -> Markup {
    let mut tiles = Markup::of(
        "<p class=\"count\">{} cases and variants</p>{}\n<ul class=\"tiles\">",
        &[&cases, &bar(totals, cases.max(1))],
    );
    for verdict in Verdict::ALL.into_iter().rev().filter(|verdict| totals.count(*verdict) > 0) {
        tiles.put("<li><b>{}</b> {}</li>", &[&totals.count(verdict), &label(verdict)]);
    }
    tiles.put("</ul>\n", &[]);
    tiles
}

fn navigation() -> Markup {
    Markup::of(
        concat!(
            "<nav><a href=\"#summary\">Summary</a> <a href=\"#deviations\">Deviations</a> ",
            "<a href=\"#matrix\">Matrix</a> <a href=\"#cases\">Cases</a> <a href=\"#rules\">Rules</a> ",
            "<a href=\"#requirements\">Requirements</a>\n",
            "<label class=\"only\"><input type=\"checkbox\" id=\"only\"/> hide what simply passed</label></nav>\n"
        ),
        &[],
    )
}
