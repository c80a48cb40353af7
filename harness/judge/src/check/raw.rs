//! A check as it is written, and what is wrong with the way it is written.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Check, Comparison, Document, Form, Look, Order, Pattern, Reference, Statement};
use crate::time::Span;

/// Why a table is no check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CheckError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Raw {
    clause: Option<String>,
    when: Option<String>,
    when_request: Option<String>,
    #[serde(default, rename = "in")]
    document: Option<Document>,
    at: Option<String>,
    header: Option<String>,
    http: Option<Http>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    some: bool,
    say: Option<String>,
    present: Option<bool>,
    absent: Option<bool>,
    count: Option<Count>,
    equals: Option<String>,
    one_of: Option<Vec<String>>,
    not: Option<String>,
    matches: Option<String>,
    #[serde(rename = "type")]
    form: Option<Form>,
    before: Option<String>,
    after: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    within: Option<String>,
    of: Option<String>,
    of_request: Option<String>,
    of_answer: Option<String>,
    same_as: Option<String>,
    same_as_request: Option<String>,
    same_as_answer: Option<String>,
    differs_from: Option<String>,
    holds: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Http {
    Status,
    Body,
}

enum Count {
    Number(usize),
    Text(String),
}

/// By hand, so that what is neither gets an answer that says what may stand there.
impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a text such as \">= 1\"")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
                usize::try_from(number)
                    .map(Count::Number)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Count, E> {
                usize::try_from(number)
                    .map(Count::Number)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
            }

            fn visit_str<E>(self, text: &str) -> Result<Count, E> {
                Ok(Count::Text(text.to_owned()))
            }
        }

        from.deserialize_any(Either)
    }
}

const STATEMENTS: &str = "present, absent, count, equals, one-of, not, matches, type, before, after, not-before, not-after, \
                          within, same-as, same-as-request, same-as-answer, differs-from or holds";

impl TryFrom<Raw> for Check {
    type Error = CheckError;

    fn try_from(mut raw: Raw) -> Result<Self, CheckError> {
        let mut statements = statements(&mut raw)?;
        let statement = match (statements.pop(), statements.pop()) {
            (Some((_, statement)), None) => statement,
            (Some((one, _)), Some((other, _))) => {
                return Err(refuse(format!("a check makes one statement, not both `{other}` and `{one}`")));
            }
            (None, _) => return Err(refuse(format!("this check says nothing: add one of {STATEMENTS}"))),
        };
        let look = match (raw.at, raw.header, raw.http) {
            (Some(path), None, None) => Look::At(path),
            (None, Some(name), None) => Look::Header(name),
            (None, None, Some(Http::Status)) => Look::Status,
            (None, None, Some(Http::Body)) => Look::Body,
            (None, None, None) => return Err(refuse("this check looks nowhere: add at, header or http")),
            _ => return Err(refuse("a check looks at one thing: at, header or http")),
        };
        if raw.document.is_some() && !matches!(look, Look::At(_)) {
            return Err(refuse("`in` goes with `at` only: headers and status are always those of the answer"));
        }
        let counts = matches!(statement, Statement::Present | Statement::Absent | Statement::Count(..));
        if counts && (raw.optional || raw.some) {
            return Err(refuse("`optional` and `some` make no sense with present, absent or count"));
        }
        let needs_node = matches!(statement, Statement::Holds(_) | Statement::Form(Form::Qname));
        if needs_node && !matches!(look, Look::At(_)) {
            return Err(refuse("this statement is about nodes: it goes with `at` only"));
        }
        Ok(Self {
            clause: raw.clause,
            when: raw.when,
            when_request: raw.when_request,
            document: raw.document.unwrap_or_default(),
            look,
            optional: raw.optional,
            some: raw.some,
            statement,
            say: raw.say,
        })
    }
}

type Make<'m> = &'m dyn Fn(String) -> Statement;

/// Every statement that a table makes, with its key.
fn statements(raw: &mut Raw) -> Result<Vec<(&'static str, Statement)>, CheckError> {
    let mut made = Vec::new();
    for (key, value, statement) in
        [("present", raw.present, Statement::Present), ("absent", raw.absent, Statement::Absent)]
    {
        match value {
            None => {}
            Some(true) => made.push((key, statement)),
            Some(false) => return Err(refuse(format!("`{key} = false`: say the opposite with `present` or `absent`"))),
        }
    }
    if let Some(count) = raw.count.take() {
        made.push(("count", read_count(count)?));
    }
    if let Some(within) = raw.within.take() {
        let span = Span::parse(&within).filter(|span| span.nanos() >= 0);
        let span = span.ok_or_else(|| refuse(format!("`within = \"{within}\"` is no length of time, such as 5m")))?;
        let of = match (raw.of.take(), raw.of_request.take(), raw.of_answer.take()) {
            (Some(path), None, None) => Reference::Here(path),
            (None, Some(path), None) => Reference::Request(path),
            (None, None, Some(path)) => Reference::Answer(path),
            _ => return Err(refuse("`within` needs one of `of`, `of-request` and `of-answer`")),
        };
        made.push(("within", Statement::Within(span, of)));
    }
    if raw.of.is_some() || raw.of_request.is_some() || raw.of_answer.is_some() {
        return Err(refuse("`of` goes with `within` only"));
    }
    let order = |order| move |bound| Statement::Order(order, bound);
    let texts: [(&'static str, Option<String>, Make<'_>); 12] = [
        ("equals", raw.equals.take(), &Statement::Equals),
        ("not", raw.not.take(), &Statement::Not),
        ("matches", raw.matches.take(), &|source| Statement::Matches(Pattern::new(source))),
        ("before", raw.before.take(), &order(Order::Before)),
        ("after", raw.after.take(), &order(Order::After)),
        ("not-before", raw.not_before.take(), &order(Order::NotBefore)),
        ("not-after", raw.not_after.take(), &order(Order::NotAfter)),
        ("same-as", raw.same_as.take(), &|path| Statement::SameAs(Reference::Here(path))),
        ("same-as-request", raw.same_as_request.take(), &|path| Statement::SameAs(Reference::Request(path))),
        ("same-as-answer", raw.same_as_answer.take(), &|path| Statement::SameAs(Reference::Answer(path))),
        ("differs-from", raw.differs_from.take(), &Statement::DiffersFrom),
        ("holds", raw.holds.take(), &Statement::Holds),
    ];
    made.extend(texts.into_iter().filter_map(|(key, text, statement)| text.map(|text| (key, statement(text)))));
    if let Some(texts) = raw.one_of.take() {
        if texts.is_empty() {
            return Err(refuse("`one-of` is empty: nothing could ever hold"));
        }
        made.push(("one-of", Statement::OneOf(texts)));
    }
    made.extend(raw.form.take().map(|form| ("type", Statement::Form(form))));
    Ok(made)
}

fn read_count(count: Count) -> Result<Statement, CheckError> {
    let text = match count {
        Count::Number(number) => return Ok(Statement::Count(Comparison::Exactly, number)),
        Count::Text(text) => text,
    };
    let operators = [(">=", Comparison::AtLeast), ("<=", Comparison::AtMost), ("=", Comparison::Exactly)];
    let read = operators.into_iter().find_map(|(operator, comparison)| {
        let number = text.trim().strip_prefix(operator)?.trim().parse().ok()?;
        Some(Statement::Count(comparison, number))
    });
    read.ok_or_else(|| refuse(format!("`count = \"{text}\"` is neither a number nor such as \">= 1\" or \"<= 1\"")))
}

fn refuse(because: impl Into<String>) -> CheckError {
    CheckError(because.into())
}
