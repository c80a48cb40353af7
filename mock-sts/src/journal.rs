//! What came and what was answered, as far back as fits: bounded in number and in bytes, so that a mock which runs for
//! days does not grow.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use crate::request::RequestType;
use crate::wrong::{Wrong, Wrongs};

/// How much a journal keeps; the oldest entries go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many exchanges at most.
    pub entries: usize,
    /// How many bytes of requests and answers together at most.
    pub bytes: usize,
}

impl Default for Bounds {
    /// 1,000 exchanges, 16 MiB.
    fn default() -> Self {
        Self { entries: 1_000, bytes: 16 << 20 }
    }
}

/// The journal of a running mock.
pub struct Journal {
    bounds: Bounds,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    seen: u64,
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// An answer as asked for.
    Answered,
    /// A SOAP fault with this code, as `FailedAuthentication`.
    Fault(String),
    /// Refused before it was read as SOAP: only an HTTP status.
    Http,
}

/// One exchange.
///
/// `Debug` shows what is known about it and never what was sent: requests carry passwords, answers carry keys. Who
/// wants the bytes asks for them.
#[derive(Clone)]
pub struct Entry {
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) operation: Option<RequestType>,
    pub(crate) user: Option<String>,
    pub(crate) applies_to: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    pub(crate) wrongs: Wrongs,
    pub(crate) request: Bytes,
    pub(crate) response: Bytes,
}

impl Entry {
    /// Its number, counted from 1 since the start, whatever is still kept.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// When it came, by the mock's clock.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What was asked, where that could be told.
    pub fn operation(&self) -> Option<RequestType> {
        self.operation
    }

    /// Who asked, where that was proved.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The relying party that was named.
    pub fn applies_to(&self) -> Option<&str> {
        self.applies_to.as_deref()
    }

    /// How it ended.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What was asked to be wrong about the answer, by whichever door; empty for the true answer.
    pub fn wrongs(&self) -> Wrongs {
        self.wrongs
    }

    /// The request's body as it came, with all its secrets.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// The answer's body as it went, with all its secrets.
    pub fn response(&self) -> &[u8] {
        &self.response
    }

    /// The same that `Debug` shows, for programs of other languages.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let (outcome, code) = match &self.outcome {
            Outcome::Answered => ("answered", None),
            Outcome::Fault(code) => ("fault", Some(code)),
            Outcome::Http => ("http", None),
        };
        serde_json::json!({
            "number": self.number,
            "at": self.at.to_string(),
            "operation": self.operation.map(RequestType::step),
            "user": self.user,
            "applies_to": self.applies_to,
            "outcome": outcome,
            "code": code,
            "status": self.status,
            "wrongs": self.wrongs.iter().map(Wrong::name).collect::<Vec<_>>(),
            "request_bytes": self.request.len(),
            "response_bytes": self.response.len(),
        })
    }

    fn weight(&self) -> usize {
        self.request.len() + self.response.len()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("operation", &self.operation)
            .field("user", &self.user)
            .field("applies_to", &self.applies_to)
            .field("outcome", &self.outcome)
            .field("status", &self.status)
            .field("wrongs", &self.wrongs)
            .field("request", &format_args!("{} bytes", self.request.len()))
            .field("response", &format_args!("{} bytes", self.response.len()))
            .finish()
    }
}

impl Journal {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, kept: Mutex::default() }
    }

    /// What is kept, the oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.kept().entries.iter().cloned().collect()
    }

    /// The newest exchange.
    pub fn last(&self) -> Option<Arc<Entry>> {
        self.kept().entries.back().cloned()
    }

    /// How many exchanges there were since the start, kept or not.
    pub fn seen(&self) -> u64 {
        self.kept().seen
    }

    /// Forgets what is kept; the count of what was seen goes on.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.entries.clear();
        kept.bytes = 0;
    }

    pub(crate) fn add(&self, mut entry: Entry) {
        let mut kept = self.kept();
        kept.seen += 1;
        entry.number = kept.seen;
        kept.bytes += entry.weight();
        kept.entries.push_back(Arc::new(entry));
        while kept.entries.len() > self.bounds.entries || kept.bytes > self.bounds.bytes {
            let Some(oldest) = kept.entries.pop_front() else { break };
            kept.bytes -= oldest.weight();
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(request: &'static str) -> Entry {
        Entry {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            operation: Some(RequestType::Issue),
            user: Some("alice".to_owned()),
            applies_to: None,
            outcome: Outcome::Answered,
            status: 200,
            wrongs: Wrongs::RIGHT,
            request: Bytes::from_static(request.as_bytes()),
            response: Bytes::new(),
        }
    }

    fn kept(journal: &Journal) -> Vec<u64> {
        journal.entries().iter().map(|entry| entry.number()).collect()
    }

    #[test]
    fn the_oldest_entries_go_when_there_are_too_many() {
        let journal = Journal::new(Bounds { entries: 2, bytes: 1_000 });
        (0..5).for_each(|_| journal.add(entry("x")));
        assert_eq!((kept(&journal), journal.seen()), (vec![4, 5], 5));
    }

    #[test]
    fn the_oldest_entries_go_when_they_are_too_big() {
        let journal = Journal::new(Bounds { entries: 100, bytes: 10 });
        (0..5).for_each(|_| journal.add(entry("four")));
        assert_eq!(kept(&journal), [4, 5]);
        journal.add(entry("longer than ten bytes"));
        assert_eq!(kept(&journal), [0_u64; 0], "one that does not fit at all is not kept");
        journal.add(entry("four"));
        assert_eq!(kept(&journal), [7]);
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let journal = Journal::new(Bounds::default());
        journal.add(entry("<wsse:Password>wonderland</wsse:Password>"));
        let shown = format!("{journal:?}");
        assert!(shown.contains("alice") && !shown.contains("wonderland"), "{shown}");
        let written = journal.last().expect("it is kept").to_json().to_string();
        assert!(written.contains("alice") && !written.contains("wonderland"), "{written}");
    }
}
