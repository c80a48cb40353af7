//! What came back, held against the label: the first oracle that fails names the failure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stsproof_judge::addressing::Addressing;
use stsproof_judge::saml::Assertion;
use stsproof_judge::time::{Span, Time};

use super::known::Account;
use super::label::{Label, Verdict};
use super::shape::{Shape, collapsed};
use crate::exchange::transcript::Exchange;
use crate::verdict::answer::{Came, Read};
use crate::verdict::leak::leaks;
use crate::verdict::wording::templated;

/// The oracles, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oracle {
    /// The connection broke, or the answer is nothing that a client can work with.
    Crash,
    /// What must be refused was accepted.
    NoToken,
    /// A refusal tells a secret, or shows the inside of the program.
    Leak,
    /// What must be accepted was refused.
    Accepted,
    /// The token is about somebody else.
    IdentityExact,
    /// The token is for somebody else.
    AudienceExact,
    /// The answer does not return what the request wants returned.
    EchoExact,
    /// The token lives longer than was asked for.
    LifetimeBounded,
}

impl Oracle {
    /// The name by which reports call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Crash => "no-crash",
            Self::NoToken => "no-token",
            Self::Leak => "no-leak",
            Self::Accepted => "accepted",
            Self::IdentityExact => "identity-exact",
            Self::AudienceExact => "audience-exact",
            Self::EchoExact => "echo-exact",
            Self::LifetimeBounded => "lifetime-bounded",
        }
    }
}

/// What came back, as far as a verdict and a bucket need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// What kind of answer.
    pub kind: &'static str,
    /// Its status and codes and words, with everything volatile taken out.
    pub fingerprint: String,
    /// In words.
    pub words: String,
    /// Whether nobody can be reached any more.
    pub gone: bool,
    /// Whom the token is about, where one came that can be read.
    pub subject: Option<String>,
    /// For whom.
    pub audiences: Vec<String>,
}

/// A failure: which oracle, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub oracle: Oracle,
    /// In words.
    pub because: String,
}

/// What the answer to the golden request was, and what must not be told.
#[derive(Clone, Default)]
pub struct Expected {
    /// Whom its token is about.
    pub subject: Option<String>,
    /// Passwords.
    pub secrets: Vec<String>,
    /// Who else may ask, by name and password.
    pub accounts: Vec<Account>,
    /// Signs of its inside that the target shows to everybody.
    pub shown: BTreeSet<String>,
    /// Whether the target says that it heeds the lifetime that is asked for: the specification leaves it free.
    pub heeds_lifetime: bool,
}

impl Expected {
    /// What a target says, as it may be written down: it may repeat what it was sent.
    fn without_secrets(&self, text: &str) -> String {
        let secrets = self.secrets.iter().filter(|secret| secret.len() > 2);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    }
}

/// Looks at an exchange. `here` is the request as a strict reader sees it.
pub fn look(
    exchange: &Exchange,
    label: &Verdict,
    here: Option<&Shape>,
    expected: &Expected,
) -> (Observed, Option<Failure>) {
    let read = Read::of(exchange);
    let token = token(&read);
    let observed = Observed {
        kind: kind(&read.came),
        fingerprint: expected.without_secrets(&fingerprint(&read, here)),
        words: expected.without_secrets(&read.words()),
        gone: read.came == Came::Nothing,
        subject: token.as_ref().and_then(|token| token.subject.as_ref()?.name.clone()),
        audiences: token.as_ref().map(|token| token.audiences.clone()).unwrap_or_default(),
    };
    let failure = failure(&read, label, here, expected, token.as_ref(), &observed);
    let told = |failure: Failure| Failure { because: expected.without_secrets(&failure.because), ..failure };
    (observed, failure.map(told))
}

fn failure(
    read: &Read<'_>,
    label: &Verdict,
    here: Option<&Shape>,
    expected: &Expected,
    token: Option<&Assertion>,
    observed: &Observed,
) -> Option<Failure> {
    let fail = |oracle, because: String| Some(Failure { oracle, because });
    match (&read.came, label.label) {
        (Came::Nothing, _) | (Came::Status, Label::May) => None,
        (Came::Unclean | Came::Other, _) => {
            fail(Oracle::Crash, format!("expected a clean answer, got {}", read.words()))
        }
        (Came::Issued | Came::Status, Label::Reject) => {
            fail(Oracle::NoToken, format!("accepted: {}; got {}", label.because, read.words()))
        }
        (Came::Fault | Came::Refused | Came::Empty, Label::Reject | Label::May) => {
            let told = leak(read, here, expected)?;
            fail(Oracle::Leak, told)
        }
        (Came::Fault | Came::Refused | Came::Empty | Came::Status, Label::Accept) => {
            fail(Oracle::Accepted, format!("expected a token, got {}", read.words()))
        }
        (Came::Issued, _) => accepted(read, here?, expected, token, observed),
    }
}

/// What must hold of any token, whether or not the request had to be accepted.
fn accepted(
    read: &Read<'_>,
    here: &Shape,
    expected: &Expected,
    token: Option<&Assertion>,
    observed: &Observed,
) -> Option<Failure> {
    let fail = |oracle, because: String| Some(Failure { oracle, because });
    let request = here.child("s:Body").and_then(|body| body.only(&["wst:RequestSecurityToken"]));
    let speaks_for_another =
        here.any(&|part| matches!(part.name.as_str(), "wst:OnBehalfOf" | "wst14:ActAs" | "wst:ActAs"));
    if let (Some(subject), Some(usual), false) = (&observed.subject, &expected.subject, speaks_for_another)
        && subject != usual
        && !expected.accounts.iter().any(|account| account.is_proven(here) && account.is_called(subject))
    {
        return fail(Oracle::IdentityExact, format!("the token is about {subject}, the request comes from {usual}"));
    }
    let scope = ["wsp:AppliesTo", "wsa:EndpointReference", "wsa:Address"];
    if let (Some(token), Some(wanted)) = (token, request.and_then(|request| request.only(&scope))) {
        let wanted = wanted.text.trim_matches([' ', '\t', '\r', '\n']);
        if !token.audiences.is_empty() && token.audiences.iter().all(|audience| audience != wanted) {
            let because = format!("the token is for {}, the request names {wanted}", token.audiences.join(", "));
            return fail(Oracle::AudienceExact, because);
        }
    }
    let answer = read.answer.as_ref()?;
    if let (Some(request), [response]) = (request, answer.responses.as_slice())
        && !is_echo(request.attribute("Context"), response.context.as_deref())
    {
        let (sent, came) = (request.attribute("Context"), response.context.as_deref());
        return fail(Oracle::EchoExact, format!("Context was {}, came back as {}", shown(sent), shown(came)));
    }
    if let Some(because) = relation(read, here) {
        return fail(Oracle::EchoExact, because);
    }
    let wished = request.and_then(|request| request.only(&["wst:Lifetime", "wsu:Expires"]));
    if expected.heeds_lifetime
        && let (Some(wished), Some(token)) = (wished.and_then(|wished| Time::parse(&wished.text).ok()), token)
        && let Some(Ok(ends)) = token.not_on_or_after.as_deref().map(Time::parse)
        && ends.since(wished) > Span::from_nanos(1_000_000_000)
    {
        return fail(Oracle::LifetimeBounded, format!("the token ends at {ends}, the request asks for {wished}"));
    }
    None
}

/// Whether a text came back as it was sent, or as a reader has it who knows that it is an xs:anyURI.
fn is_echo(sent: Option<&str>, came: Option<&str>) -> bool {
    sent == came || sent.map(collapsed).as_deref() == came
}

/// An answer relates to the request that it answers.
fn relation(read: &Read<'_>, here: &Shape) -> Option<String> {
    let sent = here.child("s:Header")?.only(&["wsa:MessageID"])?;
    let (tree, answer) = (read.tree.as_ref()?, read.answer.as_ref()?);
    let addressing = Addressing::of(tree, &answer.envelope).into_iter().next()?;
    let [related] = addressing.relates_to.as_slice() else { return None };
    let wanted = collapsed(&sent.text);
    // The judge has taken the white space at its ends away.
    let is_same = collapsed(&related.value) == wanted;
    (!is_same).then(|| format!("MessageID was {wanted}, RelatesTo is {}", related.value))
}

fn token(read: &Read<'_>) -> Option<Assertion> {
    let tree = read.tree.as_ref()?;
    Assertion::of(tree, read.answer.as_ref()?.token()?)
}

/// Signs that a refusal tells more than it should.
fn leak(read: &Read<'_>, here: Option<&Shape>, expected: &Expected) -> Option<String> {
    let body = std::str::from_utf8(&read.http?.body).ok()?;
    if expected.secrets.iter().any(|secret| secret.len() > 5 && body.contains(secret.as_str())) {
        return Some("the refusal repeats the password".to_owned());
    }
    // What only comes back as it was sent tells nobody anything, in whatever way it was written.
    let meant = |sign: &str| here.is_some_and(|here| said(here).iter().any(|text| text.contains(sign)));
    let sent = |sign: &str| String::from_utf8_lossy(&read.exchange.request.body).contains(sign);
    let found = leaks(body, |sign| expected.shown.contains(sign) || sent(sign) || meant(sign));
    found.first().map(|(found, what)| format!("the refusal shows {what}: `{found}`"))
}

/// Every text of a message.
fn said(here: &Shape) -> Vec<&str> {
    let mut texts: Vec<&str> = here.attributes.iter().map(|(_, value)| value.as_str()).collect();
    texts.push(&here.text);
    texts.extend(here.children.iter().flat_map(said));
    texts
}

fn kind(came: &Came) -> &'static str {
    match came {
        Came::Issued => "token",
        Came::Status => "status",
        Came::Fault => "fault",
        Came::Empty => "empty",
        Came::Refused => "refused",
        Came::Unclean => "unclean",
        Came::Other => "other",
        Came::Nothing => "nothing",
    }
}

/// Status, codes and reason, without what differs between any two answers.
fn fingerprint(read: &Read<'_>, here: Option<&Shape>) -> String {
    let status = read.http.map_or(0, |http| http.status);
    let Some(fault) = read.fault() else { return status.to_string() };
    let codes: Vec<&str> = fault.codes().map(|code| code.local.as_str()).collect();
    let reason = fault.reasons.first().map_or("", |reason| reason.text.as_str());
    let reason = templated(reason, here.map(said).unwrap_or_default());
    let words: Vec<&str> = reason.split(' ').take(16).collect();
    format!("{status} {} {}", codes.join("/"), words.join(" "))
}

fn shown(text: Option<&str>) -> String {
    text.map_or_else(|| "absent".to_owned(), |text| format!("`{}`", text.chars().take(60).collect::<String>()))
}
