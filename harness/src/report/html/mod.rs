//! One page that holds a whole run, for reading, printing and passing on: no script, no other file, no address is
//! asked for. What a target sent is text in it and can be nothing else: see [`markup`].

mod book;
mod case;
mod exchange;
mod head;
mod listing;
mod markup;
mod matrix;
mod requirements;
mod rules;
mod summary;
mod token;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use self::book::Book;
pub(super) use self::markup::Markup;
use super::Evidence;
use crate::verdict::{Run, Verdict};

const STYLE: &str = include_str!("style.css");

/// Writes the run as a page.
pub(super) fn write(run: &Run, evidence: Evidence, out: &mut dyn Write) -> io::Result<()> {
    let book = Book::of(run, evidence);
    let mut body = Markup::new();
    for part in [head::head, summary::summary, requirements::deviations, matrix::matrix, case::cases, rules::rules] {
        body.put("{}\n", &[&part(&book)]);
    }
    body.put("{}\n", &[&requirements::register(&book)]);
    let title = Markup::of("{}: {}", &[&run.target.name, &super::summary::word(run).1]);
    page(&title, &body, out)
}

/// A whole document around a body.
pub(super) fn page(title: &Markup, body: &Markup, out: &mut dyn Write) -> io::Result<()> {
    let style = Sha256::digest(STYLE.as_bytes());
    let mut page = Markup::new();
    page.put(
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n",
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; ",
            "base-uri 'none'; form-action 'none'\"/>\n",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n",
            "<meta name=\"referrer\" content=\"no-referrer\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n",
            "<title>{}</title>\n<style>"
        ),
        &[&STANDARD.encode(style), title],
    );
    out.write_all(page.into_text().as_bytes())?;
    out.write_all(STYLE.as_bytes())?;
    out.write_all(b"</style>\n</head>\n<body>\n")?;
    out.write_all(body.clone().into_text().as_bytes())?;
    out.write_all(b"</body>\n</html>\n")
}

/// A verdict as a label: a sign and the word, so that no colour is needed to read it.
pub(super) fn label(verdict: Verdict) -> Markup {
    Markup::of("<span class=\"label {}\">{} {}</span>", &[&verdict, &sign(verdict), &verdict])
}

/// The sign of a verdict.
pub(super) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Inapplicable => "–",
        Verdict::Pass => "✓",
        Verdict::Note => "•",
        Verdict::Warn => "!",
        Verdict::Blocked => "⊘",
        Verdict::Error => "?",
        Verdict::Fail => "✗",
    }
}
