//! What came back, told apart from what was hoped for.

use std::sync::Arc;

use stsproof_judge::path::Namespaces;
use stsproof_judge::soap::{self, Fault};
use stsproof_judge::tree::Tree;
use stsproof_judge::trust::{Answer, Kind};

use super::Spot;
use crate::case::model::{AnswerKind, Expect};
use crate::exchange::transcript::{Break, Exchange, HttpResponse, Outcome};
use crate::stage::{self, Documents};

/// An exchange with its answer read as far as it can be.
pub(crate) struct Read<'e> {
    /// The exchange.
    pub(crate) exchange: &'e Exchange,
    /// The HTTP answer, if there was one.
    pub(crate) http: Option<&'e HttpResponse>,
    /// The document, if the body is one.
    pub(crate) tree: Option<Arc<Tree>>,
    /// The SOAP message, if the document is one.
    pub(crate) answer: Option<Answer>,
    /// What it is.
    pub(crate) came: Came,
}

/// What an answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Came {
    /// A token.
    Issued,
    /// A status or the confirmation of a Cancel.
    Status,
    /// A SOAP fault.
    Fault,
    /// Nothing, with an HTTP status that says that all went well.
    Empty,
    /// No SOAP fault, but an HTTP status that says that the message is at fault.
    Refused,
    /// Nothing that a client can work with.
    Unclean,
    /// A SOAP message of another kind.
    Other,
    /// No answer, through no fault of the target that could be shown.
    Nothing,
}

/// How an answer stands to what was expected.
pub(crate) enum Fit {
    /// As expected.
    Met,
    /// Allowed, but second best.
    SecondBest(String),
    /// Not as expected.
    Missed(String),
    /// Nobody can say.
    Unknown(String),
}

impl Fit {
    /// Whether it is what was expected, or nearly so.
    pub(super) fn is_met(&self) -> bool {
        matches!(self, Self::Met | Self::SecondBest(_))
    }
}

impl<'e> Read<'e> {
    /// Reads what came.
    pub(crate) fn of(exchange: &'e Exchange) -> Self {
        Self::with(exchange, stage::answer(exchange).ok())
    }

    /// The same, where the answer has been read for checks, too.
    pub(crate) fn in_documents(exchange: &'e Exchange, documents: &Documents) -> Self {
        Self::with(exchange, documents.answer().cloned())
    }

    fn with(exchange: &'e Exchange, tree: Option<Arc<Tree>>) -> Self {
        let mut read = Self { exchange, http: None, tree: None, answer: None, came: Came::Nothing };
        match &exchange.outcome {
            Outcome::Broken { how: Break::Unresolved | Break::Unreachable | Break::Tls, .. } => {}
            Outcome::Broken { .. } => read.came = Came::Unclean,
            Outcome::Answered(http) => {
                read.http = Some(http);
                read.answer = tree.as_deref().and_then(Answer::of);
                read.tree = tree;
                read.came = came(http, read.answer.as_ref());
            }
        }
        read
    }

    /// The fault, if one came.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.answer.as_ref().and_then(|answer| answer.fault.as_ref())
    }

    /// The node that makes the answer what it is: its fault or its response.
    pub(super) fn spot(&self) -> Option<Spot> {
        let (tree, answer) = (self.tree.as_deref()?, self.answer.as_ref()?);
        let told = answer.fault.as_ref().map(|fault| fault.node).or(answer.collection);
        let node = told.or_else(|| answer.responses.first().map(|response| response.node))?;
        Some(Spot { document: "answer".to_owned(), from: tree.place(node).into(), to: tree.end(node).into() })
    }

    /// What came, in words that complete "got …".
    pub(crate) fn words(&self) -> String {
        let Some(http) = self.http else {
            return match &self.exchange.outcome {
                Outcome::Broken { because, .. } => because.clone(),
                Outcome::Answered(_) => String::new(),
            };
        };
        let status = http.status;
        match self.came {
            Came::Issued => format!("a token (HTTP {status})"),
            Came::Status => format!("a status (HTTP {status})"),
            Came::Fault => {
                self.fault().map_or_else(String::new, |fault| format!("{} (HTTP {status})", fault_words(fault)))
            }
            Came::Empty | Came::Refused if http.body.is_empty() => format!("HTTP {status} without a body"),
            Came::Unclean if http.body.is_empty() => format!("a bare HTTP {status}"),
            Came::Nothing => format!("HTTP {status}: the requests come too fast"),
            Came::Other => format!("a SOAP message that is neither a token nor a fault (HTTP {status})"),
            Came::Empty | Came::Refused | Came::Unclean => {
                let kind = http.header("content-type").unwrap_or("no Content-Type");
                let page = if is_html(http) { "an HTML page" } else { "no SOAP message" };
                format!("{page} (HTTP {status}, {kind}, {} bytes)", http.body.len())
            }
        }
    }
}

/// Holds what came against the kind that a step expects, or at least allows, and a fault against the codes that it lists.
pub(super) fn fit(read: &Read<'_>, expect: &Expect, namespaces: &Namespaces) -> Fit {
    match (kind_fits(read, expect.answer, &expect.code, namespaces), expect.allowed) {
        (Fit::Missed(_), Some(allowed)) if kind_fits(read, allowed, &[], namespaces).is_met() => Fit::SecondBest(
            format!("got {}, which is allowed; {} would be better", read.words(), wanted(expect.answer)),
        ),
        (fit, _) => fit,
    }
}

/// Holds what came against one kind of answer.
pub(crate) fn kind_fits(read: &Read<'_>, expected: AnswerKind, codes: &[String], namespaces: &Namespaces) -> Fit {
    use AnswerKind as Want;
    let got = || read.words();
    match (expected, &read.came) {
        (_, Came::Nothing) => Fit::Unknown(got()),
        (Want::Issued, Came::Issued) | (Want::Status, Came::Status) => well_put(read, namespaces),
        (Want::Fault | Want::Refused | Want::Withheld | Want::Orderly, Came::Fault) => ranked(read, codes, namespaces),
        (Want::Orderly, Came::Refused | Came::Issued | Came::Status)
        | (Want::Refused, Came::Refused)
        | (Want::Empty | Want::Withheld, Came::Empty) => Fit::Met,
        (Want::Fault, Came::Refused) => {
            Fit::Missed(format!("refused, but badly said: expected a SOAP fault, got {}", got()))
        }
        (Want::Fault | Want::Refused | Want::Withheld, Came::Issued) => {
            Fit::Missed(format!("accepted: expected a refusal, got {}", got()))
        }
        (want, _) => Fit::Missed(format!("expected {}, got {}", wanted(want), got())),
    }
}

fn came(http: &HttpResponse, answer: Option<&Answer>) -> Came {
    if let Some(answer) = answer {
        return match answer.kind {
            Kind::Issued => Came::Issued,
            Kind::Status => Came::Status,
            Kind::Fault => Came::Fault,
            Kind::Challenge | Kind::Other => Came::Other,
        };
    }
    match http.status {
        200..=299 if http.body.is_empty() => Came::Empty,
        // What says that this very message is at fault. That nothing is at this address, or that the client was slow,
        // is said of another question.
        400 | 401 | 403 | 405 | 406 | 411 | 413 | 414 | 415 | 417 | 422 | 426 | 431 if !is_html(http) => Came::Refused,
        // Somebody in front of the service counts requests: it has not seen this one.
        429 => Came::Nothing,
        503 if http.header("retry-after").is_some() => Came::Nothing,
        _ => Came::Unclean,
    }
}

/// Success speaks the SOAP version of the request; which status of success it is, is for the rule about that to say.
fn well_put(read: &Read<'_>, namespaces: &Namespaces) -> Fit {
    let spoken = read.answer.as_ref().map(|answer| answer.envelope.version);
    let asked = [soap::Version::V11, soap::Version::V12]
        .into_iter()
        .find(|version| namespaces.get("s").is_some_and(|namespace| version.namespace() == namespace));
    if let Some((asked, spoken)) = asked.zip(spoken).filter(|(asked, spoken)| asked != spoken) {
        let status = read.http.map_or(0, |http| http.status);
        let (asked, spoken) = (asked.label(), spoken.label());
        return Fit::Missed(format!("expected an answer in SOAP {asked}, got one in SOAP {spoken} (HTTP {status})"));
    }
    match read.http.map(|http| http.status) {
        Some(200..=299) => Fit::Met,
        _ => Fit::Missed(format!("expected HTTP 200 with the token, got {}", read.words())),
    }
}

/// The first code is what the specification names, the others it allows, any other fault at least refuses.
fn ranked(read: &Read<'_>, codes: &[String], namespaces: &Namespaces) -> Fit {
    let Some(fault) = read.fault() else { return Fit::Missed("the fault cannot be read".to_owned()) };
    let rank = codes.iter().position(|code| has_code(fault, code, namespaces));
    match (rank, codes.first()) {
        (Some(0), _) | (_, None) => Fit::Met,
        (Some(_), Some(first)) => {
            Fit::SecondBest(format!("refused with {}; {first} says it better", fault_words(fault)))
        }
        (None, Some(_)) => Fit::SecondBest(format!(
            "refused, but badly said: got {} where {} was expected",
            fault_words(fault),
            codes.join(" or ")
        )),
    }
}

pub(super) fn has_code(fault: &Fault, wanted: &str, namespaces: &Namespaces) -> bool {
    let Some((prefix, local)) = wanted.split_once(':') else { return false };
    let Some(namespace) = namespaces.get(prefix) else { return false };
    // The two SOAP versions call the same thing by two names.
    let local = match (namespace == soap::SOAP_11, local) {
        (true, "Sender") => "Client",
        (true, "Receiver") => "Server",
        (_, local) => local,
    };
    fault.codes().any(|code| code.is(namespace, local))
}

pub(super) fn fault_words(fault: &Fault) -> String {
    let codes: Vec<&str> = fault.codes().map(|code| code.written.as_str()).collect();
    let reason = fault.reasons.first().map_or("", |reason| reason.text.as_str());
    format!("fault {} \"{}\"", codes.join(" / "), shortened(reason))
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 120;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn wanted(kind: AnswerKind) -> &'static str {
    match kind {
        AnswerKind::Issued => "a token",
        AnswerKind::Status => "a status",
        AnswerKind::Fault => "a SOAP fault",
        AnswerKind::Refused => "a refusal",
        AnswerKind::Orderly => "a token or a clean refusal",
        AnswerKind::Empty => "an answer without a body",
        AnswerKind::Withheld => "a SOAP fault or an answer without a body",
    }
}

pub(super) fn is_html(http: &HttpResponse) -> bool {
    let typed = http.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let start = String::from_utf8_lossy(&http.body[..http.body.len().min(256)]).to_ascii_lowercase();
    typed || start.trim_start().starts_with("<!doctype html") || start.contains("<html")
}
