//! Takes secrets out of a transcript before anything leaves this process.
//!
//! A secret becomes a pseudonym: as long as itself, base64 where it was base64, the same wherever it stands in a run,
//! and different in the next run. Checks can so still compare and measure, and nobody can use or guess what was there.
//! Secrets are found by the element they stand in, by the header, by the name of the value, and then wherever else the
//! same text occurs, also in answers that are no XML. A password that is also a word of the standards, or that is short,
//! is left alone where it can only be that word: the evidence would be about pseudonyms otherwise.

mod guard;
mod pseudonym;
mod scan;

use std::collections::BTreeMap;

use base64::Engine as _;

use super::fresh::Source;
use super::transcript::{Exchange, HttpRequest, Outcome, Transcript};
use crate::change::Charset;
use pseudonym::{Pseudonyms, Shape};
use scan::{Content, replace_all};

/// Shorter codes are only looked for where they belong: anywhere else they would hit words that are no secrets.
const SHORTEST_ANYWHERE: usize = 6;

/// A password of fewer letters is no secret that could be kept.
const SHORTEST_WORD: usize = 3;

/// The beginning of a password that gives something away where a message breaks off.
const SHORTEST_END: usize = 3;

/// Elements whose content is a secret, by local name: a message in trouble may have lost its namespaces.
const ELEMENTS: [(&str, Shape); 7] = [
    ("Password", Shape::Word),
    ("NewPassword", Shape::Word),
    ("OldPassword", Shape::Word),
    ("Nonce", Shape::Code),
    ("BinarySecret", Shape::Code),
    ("CipherValue", Shape::Code),
    ("SignatureValue", Shape::Code),
];

/// Elements whose content is encrypted: long, and repeated by nobody. (A signature is, in the attribute of the
/// `SignatureConfirmation` that an answer carries for it.)
const NOT_SOUGHT: &str = "CipherValue";

/// The tokens that an answer can issue without giving itself away: what makes them usable is among the elements above.
const READABLE: [&str; 6] = [
    "Assertion",
    "EncryptedAssertion",
    "EncryptedData",
    "SecurityContextToken",
    "SecurityTokenReference",
    "BinarySecurityToken",
];

/// Headers whose value is a secret but for its first word.
const HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Values that are secrets, by the name of their placeholder.
const VALUES: [(&str, Shape); 7] = [
    ("password", Shape::Word),
    ("other.password", Shape::Word),
    ("bait.password", Shape::Word),
    ("password-digest", Shape::Code),
    ("bait.password-digest", Shape::Code),
    ("nonce", Shape::Code),
    ("entropy", Shape::Code),
];

/// Takes out the secrets of one run.
#[derive(Debug)]
pub struct Redactor {
    pseudonyms: Pseudonyms,
    passwords: Vec<String>,
}

impl Redactor {
    /// A redactor that knows the passwords of the profile. Its salt comes from the source and goes nowhere.
    pub fn new(source: &Source, passwords: impl IntoIterator<Item = String>) -> Self {
        let passwords = passwords.into_iter().filter(|password| !password.is_empty()).collect();
        Self { pseudonyms: Pseudonyms::new(source.of("redaction").bytes()), passwords }
    }

    /// Replaces every secret of a transcript. A transcript without secrets, because it was redacted before, stays.
    pub fn redact(&self, transcript: &mut Transcript) {
        if transcript.redacted {
            return;
        }
        let sought = self.sought(transcript);
        let canary = transcript.canary.as_deref_mut();
        let exchanges = transcript.prerequisites.iter_mut().chain(&mut transcript.exchanges).chain(canary);
        exchanges.for_each(|exchange| self.exchange(exchange, &sought));
        if let Some(stop) = &mut transcript.stopped {
            sought.clean_text(&mut stop.because);
        }
        transcript.callbacks.iter_mut().for_each(|line| sought.clean_text(line));
        transcript.redacted = true;
    }

    /// Every secret that shows anywhere in the transcript and may show elsewhere in it too.
    fn sought(&self, transcript: &Transcript) -> Sought {
        let mut found: BTreeMap<String, Shape> = self.passwords.iter().map(|p| (p.clone(), Shape::Word)).collect();
        for exchange in transcript.prerequisites.iter().chain(&transcript.exchanges).chain(transcript.canary.as_deref())
        {
            for (name, value) in &exchange.values {
                if let Some(shape) = shape_of(name) {
                    found.entry(value.clone()).or_insert(shape);
                }
            }
            let kept = exchange.values.values().chain(&exchange.opened).map(String::as_bytes);
            for bytes in [exchange.request.body.as_slice(), answer(&exchange.outcome)].into_iter().chain(kept) {
                let text = scan::text_of(bytes);
                for content in scan::contents(text.as_ref().map_or(bytes, String::as_bytes)) {
                    if content.sought {
                        found.entry(content.secret).or_insert(content.shape);
                    }
                }
            }
        }
        self.forms(found.into_iter())
    }

    /// The secrets in every spelling, the longest first, so that a secret within another one does not spoil it.
    fn forms(&self, secrets: impl Iterator<Item = (String, Shape)>) -> Sought {
        let mut forms = BTreeMap::new();
        let least = |shape| if shape == Shape::Word { SHORTEST_WORD } else { SHORTEST_ANYWHERE };
        for (secret, shape) in secrets.filter(|(secret, shape)| secret.len() >= least(*shape)) {
            let pseudonym = self.pseudonyms.of(&secret, shape);
            for form in pseudonym::spellings(&secret, shape) {
                let guarded = shape == Shape::Word && (form.len() < SHORTEST_ANYWHERE || guard::is_a_word(&form));
                forms.entry(form).or_insert_with(|| (pseudonym.clone(), guarded));
            }
            if shape == Shape::Word {
                let coded = base64::engine::general_purpose::STANDARD.encode(&secret);
                let of_coded = self.pseudonyms.of(&coded, Shape::Code);
                forms.entry(coded).or_insert((of_coded, false));
            }
        }
        let mut forms: Vec<_> = forms.into_iter().collect();
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        Sought(forms.into_iter().map(|(form, (by, guarded))| Form { spelling: form, by, guarded }).collect())
    }

    fn exchange(&self, exchange: &mut Exchange, sought: &Sought) {
        self.request(&mut exchange.request, sought);
        match &mut exchange.outcome {
            Outcome::Answered(answer) => {
                self.headers(&mut answer.headers, sought);
                self.body(&mut answer.body, sought);
            }
            Outcome::Broken { because, received, .. } => {
                sought.clean_text(because);
                self.body(received, sought);
            }
        }
        for (name, value) in &mut exchange.values {
            if let Some(shape) = shape_of(name) {
                *value = self.pseudonyms.of(value, shape);
            } else {
                let mut bytes = std::mem::take(value).into_bytes();
                self.body(&mut bytes, sought);
                *value = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        if let Some(opened) = &mut exchange.opened {
            let mut bytes = std::mem::take(opened).into_bytes();
            self.body(&mut bytes, sought);
            *opened = String::from_utf8_lossy(&bytes).into_owned();
        }
        exchange.facts.values_mut().for_each(|fact| sought.clean_text(&mut fact.because));
    }

    fn request(&self, request: &mut HttpRequest, sought: &Sought) {
        sought.clean_text(&mut request.url);
        self.headers(&mut request.headers, sought);
        self.body(&mut request.body, sought);
        if self.passwords.iter().any(|password| is_disguised(password, &request.body)) {
            request.body = b"(left out: it holds a secret that is broken off, or in another encoding)".to_vec();
        }
    }

    fn headers(&self, headers: &mut [(String, String)], sought: &Sought) {
        for (name, value) in headers {
            if HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                let (scheme, secret) = match value.split_once(' ') {
                    Some((scheme, secret)) if name.to_ascii_lowercase().ends_with("authorization") => {
                        (Some(scheme), secret)
                    }
                    _ => (None, value.as_str()),
                };
                let secret = self.pseudonyms.of(secret, Shape::Word);
                *value = scheme.map_or(secret.clone(), |scheme| format!("{scheme} {secret}"));
            } else {
                sought.clean_text(value);
            }
        }
    }

    fn body(&self, bytes: &mut Vec<u8>, sought: &Sought) {
        if let Some(wide) = scan::text_of(bytes) {
            let mut text = wide.clone().into_bytes();
            self.narrow_body(&mut text, sought);
            if text != wide.as_bytes() {
                *bytes = scan::widen(&String::from_utf8_lossy(&text), bytes);
            }
        } else {
            self.narrow_body(bytes, sought);
        }
    }

    fn narrow_body(&self, bytes: &mut Vec<u8>, sought: &Sought) {
        let contents = scan::contents(bytes);
        if !contents.is_empty() {
            let mut clean = Vec::with_capacity(bytes.len());
            let mut done = 0;
            for Content { shape, range, secret, .. } in contents {
                let whole = secret.as_bytes() == &bytes[range.clone()];
                let pseudonym = self.pseudonyms.of(&secret, shape);
                clean.extend_from_slice(&bytes[done..range.start]);
                let spaced = if whole { pseudonym } else { scan::spaced(&pseudonym, &bytes[range.clone()], &secret) };
                clean.extend_from_slice(spaced.as_bytes());
                done = range.end;
            }
            clean.extend_from_slice(&bytes[done..]);
            *bytes = clean;
        }
        sought.clean(bytes);
    }
}

/// What to look for everywhere, and what to put there.
struct Sought(Vec<Form>);

/// One spelling of a secret.
struct Form {
    spelling: String,
    by: String,
    /// Whether it may stand somewhere as a word that is no secret.
    guarded: bool,
}

impl Sought {
    fn clean(&self, bytes: &mut Vec<u8>) {
        for Form { spelling, by, guarded } in &self.0 {
            if *guarded {
                guard::replace(bytes, spelling, by);
            } else {
                replace_all(bytes, spelling.as_bytes(), by.as_bytes());
            }
        }
    }

    fn clean_text(&self, text: &mut String) {
        if self.0.iter().any(|sought| text.contains(sought.spelling.as_str())) {
            let mut bytes = std::mem::take(text).into_bytes();
            self.clean(&mut bytes);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
}

/// Whether a password stands in octets in an encoding of which no text can be made here, or broken off at their end.
fn is_disguised(password: &str, octets: &[u8]) -> bool {
    let holds = |needle: &[u8]| octets.windows(needle.len().max(1)).any(|window| window == needle);
    // What is UTF-8 has been searched as text.
    let is_text = !octets.contains(&0) && std::str::from_utf8(octets).is_ok();
    let encoded = !is_text && Charset::ALL.iter().any(|charset| holds(&charset.write(password)));
    let cuts = password.char_indices().map(|(at, _)| &password[..at]).filter(|begin| begin.len() >= SHORTEST_END);
    encoded || cuts.into_iter().any(|begin| octets.ends_with(begin.as_bytes()))
}

/// What a value must stay like, if its name says that it is a secret: `entropy`, or `entropy:server`.
fn shape_of(name: &str) -> Option<Shape> {
    let kind = name.split(':').next().unwrap_or(name);
    VALUES.iter().find(|(secret, _)| *secret == kind).map(|(_, shape)| *shape)
}

fn answer(outcome: &Outcome) -> &[u8] {
    match outcome {
        Outcome::Answered(answer) => &answer.body,
        Outcome::Broken { received, .. } => received,
    }
}

#[cfg(test)]
mod tests;
