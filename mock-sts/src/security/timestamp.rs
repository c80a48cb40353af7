//! `wsu:Timestamp`: one Created, then at most one Expires, both in UTC, and both fit for now.
//!
//! Codes: form is the header's trouble (`wsse:InvalidSecurity`); an end that is over makes the request data out of
//! date, for which WS-Trust has `wst:ExpiredData` and calls `wsse:MessageExpired` second best.

use jiff::{SignedDuration, Timestamp};

use crate::fault::{Fault, TrustCode};
use crate::names::WSU;
use crate::read::{Desk, Outcome};
use crate::wrong::Wrong;
use crate::xml::time::instant;
use crate::xml::tree::{Ask as _, Node};

use super::reference::invalid;

/// How far another clock may be off.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How long a message is good that does not say it. Nothing is good for ever: what was used is not remembered for ever.
const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// Checks a Timestamp and tells until when the message can be used.
pub(super) fn check(timestamp: Node<'_>, desk: &Desk<'_>) -> Outcome<Timestamp> {
    let wrongs = desk.wrongs;
    let created = timestamp.named(WSU, "Created").collect::<Vec<_>>();
    let expires = timestamp.named(WSU, "Expires").collect::<Vec<_>>();
    if (created.len() > 1 || expires.len() > 1) && !wrongs.has(Wrong::ACCEPT_TIMESTAMP_TWICE) {
        return invalid("The Timestamp has two times of one kind");
    }
    if created.is_empty() && !wrongs.has(Wrong::ACCEPT_TIMESTAMP_WITHOUT_CREATED) {
        return invalid("The Timestamp has no Created");
    }
    let is_known = |child: &Node<'_>| child.is(WSU, "Created") || child.is(WSU, "Expires");
    let has_stranger = timestamp.elements().any(|child| !is_known(&child)) || timestamp.has_text();
    if has_stranger && !wrongs.has(Wrong::ACCEPT_TIMESTAMP_UNKNOWN) {
        return invalid("The Timestamp holds something that is not understood");
    }
    if let (Some(created), Some(expires)) = (created.first(), expires.first())
        && created.range().start > expires.range().start
        && !wrongs.has(Wrong::ACCEPT_TIMESTAMP_ORDER)
    {
        return invalid("Created stands behind Expires");
    }
    let read = |node: Option<&Node<'_>>| -> Outcome<Option<Timestamp>> {
        let Some(node) = node else { return Ok(None) };
        let text = node.whole_text();
        if wrongs.has(Wrong::REFUSE_FINE_TIME) && text.split_once('.').is_some_and(|(_, rest)| rest.len() > 4) {
            return invalid("A time of the Timestamp is finer than a millisecond");
        }
        match instant(&text) {
            Some(instant) if instant.has_zone && node.elements().next().is_none() => Ok(Some(instant.at)),
            _ if wrongs.has(Wrong::WEAK_LENIENT_TIME) => Ok(None),
            _ => invalid("A time of the Timestamp is not an xs:dateTime in UTC"),
        }
    };
    let (created, mut expires) = (read(created.first())?, read(expires.first())?);
    if wrongs.has(Wrong::SPOT_EXPIRES_BEFORE_EPOCH) {
        expires = expires.filter(|expires| *expires >= Timestamp::UNIX_EPOCH);
    }
    if wrongs.has(Wrong::ACCEPT_EXPIRED_REQUEST) {
        return Ok(desk.now);
    }
    if let (Some(created), Some(expires)) = (created, expires)
        && created >= expires
        && !wrongs.has(Wrong::WEAK_TIMESTAMP_INVERTED)
    {
        return invalid("The Timestamp ends before it begins");
    }
    if created.is_some_and(|created| created > later(desk.now, SKEW)) && !wrongs.has(Wrong::ACCEPT_FUTURE_TIMESTAMP) {
        return invalid("The Timestamp was created in the future");
    }
    let end = expires.unwrap_or_else(|| later(created.unwrap_or(desk.now), LIFE));
    let usable_until = later(end, SKEW);
    if usable_until <= desk.now { Err(Box::new(Fault::of(TrustCode::ExpiredData))) } else { Ok(usable_until) }
}

/// A time and a bit, or the end of time.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
