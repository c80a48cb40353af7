//! A check in words, for people.

use stsproof_judge::check::{Check, Comparison, Document, Look, Order, Reference, Statement};

/// The check as a sentence of the keys that wrote it.
pub(super) fn check(check: &Check) -> String {
    let place = match check.document {
        Document::Answer => "",
        Document::Token => " of the token",
        Document::Request => " of the request",
    };
    let look = match &check.look {
        Look::At(path) => format!("{path}{place}"),
        Look::Header(name) => format!("header {name}"),
        Look::Status => "the HTTP status".to_owned(),
        Look::Body => "the body".to_owned(),
    };
    let mut words = format!("{look} {}", statement(&check.statement));
    if check.some {
        words += ", for one of them at least";
    }
    if check.optional {
        words += ", if it is there";
    }
    for (condition, document) in [(&check.when, ""), (&check.when_request, " in the request")] {
        if let Some(path) = condition {
            words.extend(["\n    where ", path, document]);
        }
    }
    words
}

fn statement(statement: &Statement) -> String {
    match statement {
        Statement::Present => "is there".to_owned(),
        Statement::Absent => "is not there".to_owned(),
        Statement::Count(comparison, number) => {
            let comparison = match comparison {
                Comparison::Exactly => "",
                Comparison::AtLeast => "at least ",
                Comparison::AtMost => "at most ",
            };
            format!("is there {comparison}{number} times")
        }
        Statement::Equals(text) => format!("is `{text}`"),
        Statement::OneOf(all) => format!("is one of `{}`", all.join("`, `")),
        Statement::Not(text) => format!("is not `{text}`"),
        Statement::Matches(pattern) => format!("matches `{}`", pattern.source()),
        Statement::Form(form) => format!("is {}", form.label()),
        Statement::Order(order, bound) => {
            let order = match order {
                Order::Before => "before",
                Order::After => "after",
                Order::NotBefore => "not before",
                Order::NotAfter => "not after",
            };
            format!("is {order} {bound}")
        }
        Statement::Within(span, of) => format!("is within {span} of {}", reference(of)),
        Statement::SameAs(of) => format!("is the same as {}", reference(of)),
        Statement::DiffersFrom(path) => format!("differs from {path}"),
        Statement::Holds(predicate) => format!("satisfies {predicate}"),
    }
}

fn reference(reference: &Reference) -> String {
    match reference {
        Reference::Here(path) => path.clone(),
        Reference::Request(path) => format!("{path} of the request"),
        Reference::Answer(path) => format!("{path} of the answer"),
    }
}
