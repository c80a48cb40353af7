//! What a form does to the genuine answer, in its order: body, rewrites, signatures, octets, status and headers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof::answers::{Form, INIT};
use stsproof::case::model::Variant;
use stsproof::change::{apply_octets, apply_unread};
use stsproof::exchange::fill::{Value, Values};
use stsproof_judge::keys::{Certificate, PublicKey};
use stsproof_judge::path::{Namespaces, Paths};

use crate::door::{Clock, between};
use crate::net::{Answer, Request};
use crate::sign;
use crate::support::SUITE;

/// Makes hostile answers of genuine ones.
pub(crate) struct Maker {
    form: Form,
    paths: Paths,
    values: Mutex<Values>,
}

impl Maker {
    pub(crate) fn new(form: &Form, variant: &Variant, given: &[(&str, String)], clock: Clock) -> Self {
        let text = |(name, value): &(&str, String)| ((*name).to_owned(), Value::Text(value.clone()));
        let mut values: BTreeMap<String, Value> = given.iter().map(text).collect();
        for (name, pem) in [("stranger", mock_sts::keys::CLIENT_UNTRUSTED), ("client", mock_sts::keys::CLIENT)] {
            let certificate = Certificate::from_pem(pem.certificate).expect("it is published");
            values.insert(format!("{name}.certificate"), Value::Text(STANDARD.encode(certificate.der())));
            if let PublicKey::Rsa { modulus, exponent } = certificate.key() {
                values.insert(format!("{name}.modulus"), Value::Text(STANDARD.encode(modulus)));
                values.insert(format!("{name}.exponent"), Value::Text(STANDARD.encode(exponent)));
            }
        }
        Self {
            form: form.clone(),
            paths: Paths::new(&Namespaces(SUITE.vocabulary.bindings(variant))),
            values: Mutex::new(Values::new(values, clock.source().of("answer"))),
        }
    }

    /// The request as the mock is asked.
    pub(crate) fn ask(&self, request: &Request) -> Request {
        let body = apply_unread(&request.body, &self.form.ask, &self.paths);
        let asked = request.with(body.unwrap_or_else(|error| panic!("ask: {error}")));
        if self.form.ask.is_empty() { asked } else { asked.without_action() }
    }

    /// Whether there is anything to be changed: who asks for a description may first be told that there is none here.
    fn is_due(&self, answer: &Answer) -> bool {
        self.form.asks.as_deref() != Some(INIT) || self.form.change.is_empty() || answer.status == 200
    }

    /// What is answered before it is the form's turn.
    pub(crate) fn lead(&self, mut answer: Answer, request: &Request, given: &[(&str, String)]) -> Answer {
        if let Some(body) = self.filled(request, given).lead {
            (answer.status, answer.body) = (200, body.into_bytes());
        }
        answer
    }

    /// The hostile answer.
    pub(crate) fn make(&self, mut answer: Answer, request: &Request, given: &[(&str, String)]) -> Answer {
        if !self.is_due(&answer) {
            return answer;
        }
        let form = self.filled(request, given);
        if let Some(body) = &form.body {
            answer.body = body.clone().into_bytes();
        }
        if !form.change.is_empty() || !form.resign.is_empty() {
            let text = String::from_utf8(answer.body).expect("the mock answers in UTF-8");
            let text = apply_unread(&text, &form.change, &self.paths).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let signed = form.resign.iter().fold(text, |text, resign| sign::again(&text, resign, &self.paths));
            answer.body = signed.into_bytes();
        }
        answer.body = apply_octets(answer.body, &form.encode).unwrap_or_else(|error| panic!("{error}"));
        answer.status = form.status.unwrap_or(answer.status);
        form.headers.iter().for_each(|(name, value)| answer.set(name, value));
        answer
    }

    /// The form with every placeholder filled.
    fn filled(&self, request: &Request, given: &[(&str, String)]) -> Form {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let context = between(&request.body, "Context=\"", "\"").to_owned();
        for (name, value) in given.iter().cloned().chain([("context", context)]) {
            values.set(name, Value::Text(value));
        }
        let values = Mutex::new(values);
        self.form.map_text(|text| {
            let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
            values.fill_plain(text).unwrap_or_else(|error| panic!("{error}"))
        })
    }
}
