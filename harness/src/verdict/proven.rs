//! Whom a token has to name: whoever proved who it is, by the name that the target itself gives that one.

use std::collections::{BTreeMap, BTreeSet};

use stsproof_judge::saml::Assertion;
use stsproof_judge::tree::{Node, Tree};

use super::leak;
use crate::case::hostile::Hostile;
use crate::case::model::{Credential, Step};
use crate::exchange::fill::recorded;
use crate::exchange::transcript::{Exchange, Outcome, Transcript};
use crate::plan::Planned;
use crate::stage::Documents;

/// The class whose refusal shows what every refusal of the target shows.
const PLAINEST_REFUSAL: &str = "hostile/ws-trust/wst-requesttype-missing";

/// The namespace of names and passwords: what only looks like one proves nothing.
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/// Who asks, as far as the name in a token depends on it: by which credential, as whom, for which kind of token.
type Asker = (Credential, String, Option<String>);

/// What the requests without a defect brought: whom their tokens name, and what the target shows anyway.
#[derive(Debug, Default)]
pub(super) struct Golden {
    subjects: BTreeMap<Asker, BTreeSet<String>>,
    shown: BTreeSet<String>,
}

impl Golden {
    /// Looks at the requests without a defect, and at the plainest refusal.
    pub(super) fn of(planned: &[Planned<'_>], transcripts: &[Option<Transcript>]) -> Self {
        let mut golden = Self::default();
        for (one, transcript) in planned.iter().zip(transcripts) {
            let (Some(hostile), Some(transcript)) = (&one.case.hostile, transcript) else { continue };
            let steps = one.case.steps(&one.variant);
            let last = steps.last().zip(transcript.exchanges.get(steps.len().wrapping_sub(1)));
            let Some((step, exchange)) = last else { continue };
            if one.is_repaired() || one.case.id.0 == PLAINEST_REFUSAL {
                golden.shown.extend(body(exchange).iter().flat_map(|text| leak::signs(text)).map(str::to_owned));
            }
            if !one.is_repaired() {
                continue;
            }
            let documents = Documents::of(exchange, exchange.opened.as_deref());
            if let Some(subject) = subject(&documents) {
                golden.subjects.entry(asker(one, hostile, step)).or_default().insert(subject);
            }
        }
        golden
    }

    /// Whether the target shows that to everybody.
    pub(super) fn shows(&self, sign: &str) -> bool {
        self.shown.contains(sign)
    }

    /// Whom the token of an exchange has to name; `None` where nobody knows better than the values of the exchange.
    pub(super) fn subject(
        &self,
        planned: &Planned<'_>,
        hostile: &Hostile,
        step: &Step,
        exchange: &Exchange,
        documents: &Documents,
    ) -> Option<String> {
        let named = subject(documents);
        let own = self.subjects.get(&asker(planned, hostile, step));
        let is_own = |named: &&String| own.is_some_and(|own| own.contains(*named));
        if let Some(named) =
            named.as_ref().filter(|named| is_own(named) || self.is_proven_other(named, hostile, exchange))
        {
            return Some(named.clone());
        }
        let told =
            || hostile.subject.as_ref().map(|told| recorded(told, &exchange.values).unwrap_or_else(|_| told.clone()));
        own.and_then(|own| own.first().cloned()).or_else(told)
    }

    /// Whether a name is that of another account whose name and right password the request shows.
    fn is_proven_other(&self, named: &str, hostile: &Hostile, exchange: &Exchange) -> bool {
        let own = if hostile.subject.as_deref() == Some("{{bait.user}}") { "bait.user" } else { "user" };
        let others = ["user", "other.user", "bait.user"].into_iter().filter(|who| *who != own);
        others.into_iter().any(|who| {
            let value = |name: &str| exchange.values.get(name).map(String::as_str);
            let Some((user, password)) = value(who).zip(value(&who.replace("user", "password"))) else { return false };
            if !shows(exchange, user, password) {
                return false;
            }
            let asker = if who == "user" { "{{subject}}".to_owned() } else { format!("{{{{{who}}}}}") };
            let mut known = self.subjects.iter().filter(|((_, other, _), _)| *other == asker).peekable();
            // By what name its tokens go nobody has to know: then it is proved, and that is all that can be said.
            known.peek().is_none() || known.any(|(_, subjects)| subjects.contains(named))
        })
    }
}

fn asker(planned: &Planned<'_>, hostile: &Hostile, step: &Step) -> Asker {
    let subject = hostile.subject.clone().unwrap_or_else(|| "{{subject}}".to_owned());
    (step.credential, subject, planned.variant.value("token").map(str::to_owned))
}

/// Whom the issued token names.
fn subject(documents: &Documents) -> Option<String> {
    let token = documents.token()?;
    Assertion::of(token, token.root())?.subject?.name
}

/// Whether a request shows the name and the password of one account together.
fn shows(exchange: &Exchange, user: &str, password: &str) -> bool {
    let Ok(tree) = Tree::from_text(&String::from_utf8_lossy(&exchange.request.body)) else { return false };
    let has = |token: Node, local: &str, text: &str| {
        tree.elements(token).any(|child| tree.is(child, WSSE, local) && tree.text_of(child) == text)
    };
    let tokens = tree.descendants(tree.root()).filter(|node| tree.is_element(*node));
    let mut tokens = tokens.filter(|node| tree.is(*node, WSSE, "UsernameToken"));
    tokens.any(|token| has(token, "Username", user) && has(token, "Password", password))
}

fn body(exchange: &Exchange) -> Option<String> {
    match &exchange.outcome {
        Outcome::Answered(http) => Some(String::from_utf8_lossy(&http.body).into_owned()),
        Outcome::Broken { .. } => None,
    }
}
