//! One hostile answer: what is done to the genuine one, and how it is put on the wire.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Client;
use crate::change::{OctetOperator, Operator};
use crate::exchange::key::{DigestAlgorithm, SignatureAlgorithm};
use crate::verdict::Verdict;

/// One answer of a class. What a key leaves out is as the genuine answer has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Form {
    /// Its name within the class; empty where the class has one form only.
    pub name: String,
    /// What a sound client does, where that is not what the class says.
    pub client: Option<Client>,
    /// The worst verdict of a run that gets it. For [`super::INIT`] `pass` is a profile all of whose endpoints can be
    /// used, `note` one with endpoints commented out, and `error` a message that says why there is none.
    pub ends: Option<Verdict>,
    /// Why a run ends so on what a client has to refuse, or refuses what a client has to accept.
    pub because: Option<String>,
    /// The request that is answered so: a case, and as much of its variant as matters.
    pub asks: Option<String>,
    /// How often it is asked.
    pub times: Option<usize>,
    /// The number of the first request that is answered so; the ones before get the genuine answer.
    pub from: Option<usize>,
    /// Whether it is asked over TLS.
    pub tls: bool,
    /// Whether time and memory of a process of its own are measured.
    pub measured: bool,
    /// Texts that a reader of the report must find there.
    pub shows: Vec<String>,
    /// Misbehaviours of the mock, with commas between them.
    pub wrong: Option<String>,
    /// Seconds by which the clock of the mock is off.
    pub skew: i64,
    /// Rewrites of the request before the mock sees it.
    pub ask: Vec<Operator>,
    /// A body in the place of the genuine one.
    pub body: Option<String>,
    /// The same for the requests before.
    pub lead: Option<String>,
    /// Rewrites of the genuine answer.
    pub change: Vec<Operator>,
    /// Signatures that are made anew afterwards.
    pub resign: Vec<Resign>,
    /// Rewrites of its octets, last of all.
    pub encode: Vec<OctetOperator>,
    /// Another HTTP status.
    pub status: Option<u16>,
    /// Other HTTP headers; an empty value leaves the header out.
    pub headers: BTreeMap<String, String>,
    /// What happens on the wire.
    pub wire: Option<Wire>,
    /// Tables of values: the form is repeated for every combination, `{{each.TABLE}}` standing for the value.
    /// Empty once they are read.
    pub each: BTreeMap<String, BTreeMap<String, String>>,
}

/// What happens on the wire instead of one answer at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// The request is read, and nothing comes.
    Silent,
    /// Interim answers without end.
    ContinueFlood,
    /// So many hundredths of the body under its whole Content-Length, then the end of the connection.
    Cut(u8),
    /// Chunks as far as the end of the assertion, then the end of the connection.
    LastChunkMissing,
    /// Neither length nor chunks: so many hundredths of the body, then the end of the connection.
    UntilClose(u8),
    /// One octet each so many milliseconds.
    Drip(u64),
    /// The headers at once, then white space without end, one octet each so many milliseconds.
    SpaceDrip(u64),
    /// A reset of the connection.
    Reset(When),
    /// So many MiB of white space behind the envelope.
    Padded(u32),
    /// Chunks of white space behind the envelope, without end.
    Endless,
    /// The envelope and white space behind it that inflate to so many MiB, as gzip that nobody asked for.
    Gzip(u32),
    /// So many header lines more.
    Headers(u32),
    /// One header of so many KiB.
    LongHeader(u32),
    /// The answer to another user behind the answer, on the same connection.
    SecondAnswer,
    /// A fault behind the answer, on the same connection.
    SecondFault,
    /// Redirects around a ring of so many addresses.
    Ring(u32),
    /// The answer to the first request, octet for octet, to each that follows.
    Replayed,
    /// Of two requests at the same time each gets the answer to the other.
    Crossed,
}

/// When a connection is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before anything is answered.
    Accept,
    /// Within the headers.
    Headers,
    /// Within the body.
    Body,
}

/// A signature that is made anew: its value, and the digest of one element if one is named.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Resign {
    /// The `ds:Signature`.
    pub at: String,
    /// The element whose digest is made anew, the signature in it left out.
    pub digest: Option<String>,
    /// How that is digested.
    #[serde(default = "sha256")]
    pub with: DigestAlgorithm,
    /// The key; without one the value stays as it was.
    pub key: Option<SigningKeyName>,
    /// How it is signed, where that is not what the key usually does.
    pub algorithm: Option<SignatureAlgorithm>,
}

fn sha256() -> DigestAlgorithm {
    DigestAlgorithm::Sha256
}

/// The published keys that can sign an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SigningKeyName {
    /// The one that signs tokens.
    Signing,
    /// One that the mock trusts, and that signs no tokens.
    Client,
    /// One whose certificate is over.
    Expired,
    /// One that nobody vouches for.
    Stranger,
    /// The proof key in the answer itself, as the secret of an HMAC.
    Proof,
}

impl Form {
    /// How the run has to end: the loader sees to it that there is a word for it.
    pub fn ending(&self) -> Verdict {
        self.ends.unwrap_or(Verdict::Fail)
    }

    /// The same form for every combination of the values in its tables.
    pub(super) fn spread(mut self) -> Vec<Self> {
        let mut forms = vec![Self { each: BTreeMap::new(), ..self.clone() }];
        for (table, values) in std::mem::take(&mut self.each) {
            let hole = format!("{{{{each.{table}}}}}");
            forms = forms
                .iter()
                .flat_map(|form| values.iter().map(|(word, value)| form.with(word, &hole, value)))
                .collect();
        }
        forms
    }

    fn with(&self, word: &str, hole: &str, value: &str) -> Self {
        let mut form = self.map_text(|text| text.replace(hole, value));
        form.name = if self.name.is_empty() { word.to_owned() } else { format!("{}-{word}", self.name) };
        form
    }

    /// The same with every text rewritten that goes into the answer.
    #[must_use]
    pub fn map_text(&self, rewrite: impl Fn(&str) -> String) -> Self {
        let operators = |all: &[Operator]| all.iter().map(|one| one.map_text(&rewrite)).collect();
        Self {
            ask: operators(&self.ask),
            change: operators(&self.change),
            body: self.body.as_deref().map(&rewrite),
            lead: self.lead.as_deref().map(&rewrite),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), rewrite(value))).collect(),
            shows: self.shows.iter().map(|text| rewrite(text)).collect(),
            wrong: self.wrong.as_deref().map(&rewrite),
            resign: self.resign.clone(),
            ..self.clone()
        }
    }

    /// Every text that may hold placeholders.
    pub(super) fn texts(&self) -> Vec<String> {
        let seen = std::cell::RefCell::new(Vec::new());
        let _ = self.map_text(|text| {
            seen.borrow_mut().push(text.to_owned());
            text.to_owned()
        });
        seen.into_inner()
    }
}
