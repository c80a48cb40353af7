//! Between HTTP and the STS: which path is served, what a request asks to be wrong, and what the journal remembers.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use memchr::{memchr, memmem};

use crate::clock::Clock;
use crate::http::Head;
use crate::journal::{Entry, Journal, Outcome};
use crate::metadata;
use crate::sts::{Message, Sts};
use crate::wrong::{UnknownWrong, Wrongs, split_path, split_user};

/// The path that answers.
pub(crate) const STS_PATH: &str = "/sts";
/// The path that tells whether the mock runs.
pub(crate) const HEALTH_PATH: &str = "/_mock/health";
/// The path that tells what came.
const JOURNAL_PATH: &str = "/_mock/journal";
/// The header that asks for misbehaviours, as the path `/w/NAME/sts` does.
const WRONG_HEADER: HeaderName = HeaderName::from_static("x-mock-sts");

const ABOUT: &str = "\
mock-sts: a WS-Trust Security Token Service for tests. Its keys are public; trust nothing it signs.

POST /sts               answers WS-Trust requests
POST /w/NAME[,NAME]/sts answers them wrong in the ways named (mock-sts wrong lists the names)
GET  /sts?wsdl          what it is: a WSDL; POST /sts/mex the same by WS-MetadataExchange
GET  /_mock/health      200 while it runs
GET  /_mock/journal     what came and how it was answered, a line of JSON each
";

/// What the ports of one mock share.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) sts: Sts,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) body_limit: usize,
    armed: Mutex<Wrongs>,
}

impl Endpoint {
    pub(crate) fn new(sts: Sts, clock: Clock, journal: Journal, body_limit: usize, armed: Wrongs) -> Self {
        Self { sts, clock, journal, body_limit, armed: Mutex::new(armed) }
    }

    /// What applies to every request until it is taken back.
    pub(crate) fn armed(&self) -> Wrongs {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what applies to every request.
    pub(crate) fn arm(&self, change: impl FnOnce(Wrongs) -> Wrongs) {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        *armed = change(*armed);
    }
}

type Answer = Response<Full<Bytes>>;

/// Answers one request.
pub(crate) async fn respond(endpoint: Arc<Endpoint>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let now = endpoint.clock.now();
    let mut answer = route(&endpoint, request, now).await;
    if let Some(date) = http_date(now) {
        answer.headers_mut().insert(DATE, date);
    }
    Ok(answer)
}

async fn route(endpoint: &Endpoint, request: Request<Incoming>, now: Timestamp) -> Answer {
    let metadata = metadata::Asked::of(&request);
    let asked = match destination(&request, &endpoint.journal) {
        Ok(asked) => asked,
        Err(_) if metadata.is_some() => Wrongs::RIGHT,
        Err(answer) => return *answer,
    };
    let (head, body) = request.into_parts();
    match Limited::new(body, endpoint.body_limit).collect().await {
        Ok(body) => match metadata {
            Some(asked) => {
                let reply = asked.reply(&head, &body.to_bytes(), &mut endpoint.sts.fork());
                respond_with(reply.status, reply.content_type, reply.header, reply.body.into())
            }
            None => answer(endpoint, &head, &body.to_bytes(), asked, now),
        },
        Err(error) if error.is::<LengthLimitError>() => {
            text(StatusCode::PAYLOAD_TOO_LARGE, format!("The limit is {} bytes.\n", endpoint.body_limit))
        }
        Err(error) => text(StatusCode::BAD_REQUEST, format!("The body did not arrive whole: {error}\n")),
    }
}

/// What a request to the STS asks to be wrong, in its path or a header; any other request is answered here.
fn destination(request: &Request<Incoming>, journal: &Journal) -> Result<Wrongs, Box<Answer>> {
    let path = request.uri().path();
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    let names = if let Some((names, STS_PATH)) = split_path(path) {
        names
    } else {
        match path {
            STS_PATH => "",
            "/" if asks => return Err(text(StatusCode::OK, ABOUT).into()),
            HEALTH_PATH if asks => return Err(text(StatusCode::OK, "ok\n").into()),
            JOURNAL_PATH if asks => return Err(lines(journal).into()),
            "/" | HEALTH_PATH | JOURNAL_PATH => return Err(only_asked("GET, HEAD").into()),
            _ => {
                let why = format!("Nothing is served at {path}; WS-Trust requests go to {STS_PATH}.\n");
                return Err(text(StatusCode::NOT_FOUND, why).into());
            }
        }
    };
    let by_path = names.replace("%2C", ",").parse();
    by_path
        .and_then(|by_path: Wrongs| Ok(by_path.union(by_header(request.headers())?)))
        .map_err(|unknown| text(StatusCode::NOT_FOUND, format!("{unknown}\n")).into())
}

/// Lets the STS answer and writes it down.
fn answer(endpoint: &Endpoint, head: &Parts, body: &[u8], asked: Wrongs, now: Timestamp) -> Answer {
    let wrongs = endpoint.armed().union(asked).union(by_user(body));
    let field = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let head = Head {
        method: head.method.as_str(),
        content_type: field(CONTENT_TYPE),
        content_encoding: field(CONTENT_ENCODING),
        soap_action: field(HeaderName::from_static("soapaction")),
        host: field(HOST),
    };
    let message = Message { head, path: STS_PATH, body };
    let reply = endpoint.sts.answer(&message, now, wrongs);
    let response = Bytes::from(reply.body);
    endpoint.journal.add(Entry {
        number: 0,
        at: now,
        operation: reply.operation,
        user: reply.user,
        applies_to: reply.applies_to,
        outcome: match reply.fault {
            Some(code) => Outcome::Fault(code),
            None if reply.status < 300 => Outcome::Answered,
            None => Outcome::Http,
        },
        status: reply.status,
        wrongs,
        // A copy of its own: the original is a piece of the connection's buffer, which it would keep alive.
        request: Bytes::copy_from_slice(body),
        response: response.clone(),
    });
    respond_with(reply.status, reply.content_type, reply.header, response)
}

/// A reply as HTTP.
fn respond_with(
    status: u16,
    content_type: Option<&'static str>,
    header: Option<(&'static str, &'static str)>,
    body: Bytes,
) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type {
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Some((name, value)) = header {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

fn by_header(headers: &HeaderMap) -> Result<Wrongs, UnknownWrong> {
    let values = headers.get_all(WRONG_HEADER).into_iter().filter_map(|value| value.to_str().ok());
    values.map(str::parse::<Wrongs>).try_fold(Wrongs::RIGHT, |all, more| Ok(all.union(more?)))
}

/// What user names in the request ask for, as in `<wsse:Username>alice+sig.none</wsse:Username>`.
///
/// Found in the text, since it has to be known before the message is read: some misbehaviours are ways of reading.
fn by_user(body: &[u8]) -> Wrongs {
    const TAG: &[u8] = b"Username>";
    let names = memmem::find_iter(body, TAG).filter_map(|at| {
        let rest = &body[at + TAG.len()..];
        std::str::from_utf8(&rest[..memchr(b'<', rest)?]).ok()
    });
    names.filter_map(|name| split_user(name.trim())).map(|(_, wrongs)| wrongs).fold(Wrongs::RIGHT, Wrongs::union)
}

fn http_date(now: Timestamp) -> Option<HeaderValue> {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?;
    HeaderValue::try_from(date).ok()
}

/// What is kept of the journal, the oldest first.
fn lines(journal: &Journal) -> Answer {
    let lines =
        journal.entries().iter().fold(String::new(), |lines, entry| lines + &entry.to_json().to_string() + "\n");
    let mut answer = text(StatusCode::OK, lines);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    answer
}

fn only_asked(methods: &'static str) -> Answer {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, format!("Only {methods} is served here.\n"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
