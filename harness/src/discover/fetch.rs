//! Documents of one host, with an end to how many, how large and how slow they may be.

use std::sync::Arc;
use std::time::Duration;

use stsproof_judge::gate::Limits;
use stsproof_judge::tree::Tree;
use tokio::runtime::Runtime;

use super::Means;
use super::address::join;
use crate::error::Error;
use crate::exchange::address::Address;
use crate::exchange::client::{Client, Wire};
use crate::exchange::http;
use crate::exchange::transcript::{Break, HttpRequest, HttpResponse, Outcome};

/// More requests than any honest description needs.
const REQUESTS: usize = 40;
/// Bytes of one document, and of all together.
const DOCUMENT: usize = 4 << 20;
const ALL: usize = 16 << 20;
/// Redirects of one request.
const REDIRECTS: usize = 5;
/// How deep the elements of a document may stand in each other.
const DEPTH: usize = 64;

/// Asks one host.
pub(super) struct Fetcher {
    runtime: Runtime,
    wire: Wire,
    first: String,
    requests: usize,
    bytes: usize,
}

/// Why there is no document.
#[derive(Debug)]
pub(super) struct Trouble {
    /// Place and cause.
    pub(super) words: String,
    /// Whether nobody can be reached, so that asking on is of no use.
    pub(super) gone: Option<Break>,
}

impl Trouble {
    pub(super) fn new(place: &str, cause: impl std::fmt::Display) -> Self {
        Self { words: format!("{place}: {cause}"), gone: None }
    }
}

impl Fetcher {
    /// A fetcher for the host of an address.
    pub(super) fn new(url: &str, means: Means) -> Result<Self, Error> {
        Address::parse(url).map_err(|error| Error::usage(error.to_string(), "write it as `https://host:port/path`"))?;
        let mut client = Client::new(means.tls);
        client.limits = http::Limits { body: DOCUMENT, ..http::Limits::default() };
        client.connect = means.timeout.min(Duration::from_secs(5));
        client.whole = means.timeout;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            Error::set_up("this machine", error.to_string(), "see whether it is out of descriptors")
        })?;
        let wire = Wire::new(Arc::new(client));
        Ok(Self { runtime, wire, first: url.to_owned(), requests: REQUESTS, bytes: ALL })
    }

    /// The XML document at an address, by GET.
    pub(super) fn get(&mut self, url: &str) -> Result<Tree, Trouble> {
        self.document("GET", url, &[("Accept".to_owned(), "application/wsdl+xml, text/xml, */*".to_owned())], b"")
    }

    /// The XML document that answers a POST.
    pub(super) fn post(&mut self, url: &str, content_type: &str, action: &str, body: &str) -> Result<Tree, Trouble> {
        let mut headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        if content_type.starts_with("text/xml") {
            headers.push(("SOAPAction".to_owned(), format!("\"{action}\"")));
        }
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
        self.document("POST", url, &headers, body.as_bytes())
    }

    /// The words of a trouble, or an error where nobody can be reached at all.
    pub(super) fn unless_gone(&self, trouble: Trouble) -> Result<String, Error> {
        match trouble.gone {
            None => Ok(trouble.words),
            Some(how) => Err(Error::set_up(&self.first, trouble.words, how.remedy())),
        }
    }

    fn document(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Tree, Trouble> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS {
            let place = format!("{method} {url}");
            let answer = self.answer(method, &url, headers, body)?;
            match (answer.status, answer.header("location")) {
                (301 | 302 | 303 | 307 | 308, Some(location)) if method == "GET" => {
                    url = join(&url, location).map_err(|cause| Trouble::new(&place, cause))?;
                }
                // A fault comes with an error status, and may be what was asked for: the reader decides.
                (status, _) if status != 200 && (method == "GET" || !is_xml(&answer)) => {
                    return Err(Trouble::new(&place, format!("HTTP {status}")));
                }
                _ => {
                    let limits = Limits { max_bytes: DOCUMENT, max_depth: DEPTH, ..Limits::default() };
                    let read = Tree::read(&answer.body, answer.charset(), &limits);
                    return read.map_err(|refusal| Trouble::new(&place, format!("no XML that may be read: {refusal}")));
                }
            }
        }
        Err(Trouble::new(&url, format!("more than {REDIRECTS} redirects")))
    }

    fn answer(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<HttpResponse, Trouble> {
        let place = format!("{method} {url}");
        let address = Address::parse(url).map_err(|error| Trouble::new(&place, error))?;
        self.requests = self
            .requests
            .checked_sub(1)
            .ok_or_else(|| Trouble::new(&place, format!("not asked: {REQUESTS} requests are enough")))?;
        let mut all = vec![("Host".to_owned(), address.origin.host_header())];
        all.push(("User-Agent".to_owned(), concat!("stsproof/", env!("CARGO_PKG_VERSION")).to_owned()));
        all.extend(headers.iter().cloned());
        let request = HttpRequest { method: method.to_owned(), url: url.to_owned(), headers: all, body: body.to_vec() };
        let (outcome, _) = self.runtime.block_on(self.wire.send(&address, &request));
        match outcome {
            Outcome::Answered(answer) => {
                self.bytes = self
                    .bytes
                    .checked_sub(answer.body.len())
                    .ok_or_else(|| Trouble::new(&place, format!("the description is larger than {ALL} bytes")))?;
                Ok(answer)
            }
            Outcome::Broken { how, because, .. } => {
                let gone = matches!(how, Break::Unresolved | Break::Unreachable | Break::Tls | Break::TimedOut);
                // The address is named by whoever tells it.
                let because = because.split_once(": ").map_or(because.as_str(), |(_, cause)| cause);
                if gone {
                    return Err(Trouble { words: because.to_owned(), gone: Some(how) });
                }
                Err(Trouble::new(&place, because))
            }
        }
    }
}

fn is_xml(answer: &HttpResponse) -> bool {
    answer.header("content-type").is_some_and(|kind| kind.contains("xml"))
}
