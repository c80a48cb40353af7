//! Says, before a page of red lines does, why a target cannot be tested at all: place, cause and remedy.

use jiff::fmt::rfc2822::DateTimeParser;
use stsproof_judge::dsig::NOT_TRUSTED;
use stsproof_judge::time::{Span, Time};

use crate::exchange::transcript::{Exchange, Outcome, Transcript};
use crate::profile::Profile;
use crate::verdict::{Silence, silence};

/// Clocks that differ by less are not what a service takes offence at.
const APART: i128 = 5 * MINUTE;
const MINUTE: i128 = 60_000_000_000;
/// More of what a target says in plain text is not repeated.
const SAID: usize = 200;

/// Why nothing can be asked, if the first of the plainest requests brings no token.
///
/// A target that issues in one version and not in another can be tested in the one; the rest is blocked case by case.
pub(super) fn diagnose(profile: &Profile, canaries: &[Transcript]) -> Option<String> {
    if let Some(stranger) = stranger(canaries) {
        return Some(stranger);
    }
    let silences: Vec<Silence> = canaries.iter().filter_map(silence).collect();
    if silences.is_empty() || silences.len() < canaries.len() {
        return None;
    }
    let first = canaries.first()?;
    let url = first.exchanges.last().map_or("the target", |exchange| exchange.request.url.as_str());
    let remedy = remedy(first, &silences[0], profile);
    // Where the connection broke is said by the URL already.
    let broke = matches!(first.exchanges.last().map(|exchange| &exchange.outcome), Some(Outcome::Broken { .. }));
    let because = &silences[0].because;
    let because = because.split_once(": ").filter(|_| broke).map_or(because.as_str(), |(_, cause)| cause);
    let said = first.exchanges.last().and_then(said).map(|said| format!(", which says: {said}")).unwrap_or_default();
    Some(format!("{url}: {because}{said}\n  help: {remedy}"))
}

/// Whether every token is signed with a key that the profile does not know. Then each answer would be held against the
/// target for what is most likely a wrong certificate in the profile.
fn stranger(canaries: &[Transcript]) -> Option<String> {
    let signature = |canary: &Transcript| {
        let facts = canary.exchanges.last().into_iter().flat_map(|exchange| exchange.facts.clone());
        let about = |name: &str| name.starts_with("signature-valid ");
        facts.filter(|(name, _)| about(name)).map(|(_, fact)| fact).collect::<Vec<_>>()
    };
    let mut facts = canaries.iter().flat_map(signature).peekable();
    let first = facts.peek()?.because.clone();
    let untrusted = facts.all(|fact| !fact.holds && fact.because.contains(NOT_TRUSTED));
    let url = canaries.first()?.exchanges.last().map(|exchange| exchange.request.url.as_str())?;
    untrusted.then(|| {
        let (_, signed) = first.split_once("signed with").unwrap_or_default();
        let key = signed.split(NOT_TRUSTED).next().unwrap_or_default().trim_end_matches([',', ' ']);
        format!(
            "{url}: the token is signed with{key}, {NOT_TRUSTED}\n  help: give the certificate of that key with \
             `--signing-certificate FILE` or `anchors.signing` in the profile; if another key should sign, look at the \
             service's configuration"
        )
    })
}

fn remedy(canary: &Transcript, silence: &Silence, profile: &Profile) -> String {
    let outcome = canary.exchanges.last().map(|exchange| &exchange.outcome);
    if let Some(Outcome::Broken { how, .. }) = outcome {
        return how.remedy().to_owned();
    }
    let local = |names: &[&str]| silence.codes.iter().any(|code| names.contains(&code.as_str()));
    let apart = canary.exchanges.last().filter(|_| silence.is_soap).and_then(apart);
    if let Some(apart) = apart {
        let (length, direction) = (apart.length(), if apart.nanos() < 0 { "behind" } else { "ahead of" });
        format!(
            "the clock of the service is {length} {direction} that of this machine, as the Date of its answer says: set \
             both right first, since what seems to come from another time is refused, mostly by another name"
        )
    } else if local(&["FailedAuthentication", "InvalidSecurityToken", "InvalidSecurity", "SecurityTokenUnavailable"]) {
        "check the user name and the password of the account, and that the endpoint takes this kind of credential"
            .to_owned()
    } else if local(&["MessageExpired"]) {
        "compare the clocks of both machines".to_owned()
    } else if local(&["InvalidScope"]) {
        format!(
            "`{}` is not a relying party of the target: name one with `--applies-to` or `applies-to.known`",
            profile.applies_to.known
        )
    } else if silence.is_soap {
        "the account, the relying party (`--applies-to`, `applies-to.known` in the profile) or what the profile claims does not fit; `--record DIR` keeps the whole answer".to_owned()
    } else {
        "this is no answer of a Security Token Service: give the address of its WS-Trust endpoint, not of a web page"
            .to_owned()
    }
}

/// How far the clock of the target is ahead of ours, to the minute, if that is far.
fn apart(exchange: &Exchange) -> Option<Span> {
    let Outcome::Answered(http) = &exchange.outcome else { return None };
    let theirs = DateTimeParser::new().parse_timestamp(http.header("date")?).ok()?;
    let ours = Time::parse(&exchange.sent).ok()?.plus(Span::from_nanos(i128::from(exchange.millis) * 1_000_000));
    let ahead = theirs.as_nanosecond() - ours.unix_nanos();
    Some(Span::from_nanos((ahead + MINUTE / 2).div_euclid(MINUTE) * MINUTE))
        .filter(|apart| apart.nanos().abs() >= APART)
}

/// What an answer that is no message says in plain text, so far as it fits in a line.
fn said(exchange: &Exchange) -> Option<String> {
    let Outcome::Answered(http) = &exchange.outcome else { return None };
    let is_plain = http.header("content-type")?.to_ascii_lowercase().starts_with("text/plain");
    let text = String::from_utf8_lossy(&http.body);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && is_plain)?;
    Some(line.chars().take(SAID).collect())
}
