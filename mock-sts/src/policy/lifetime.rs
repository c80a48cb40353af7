//! The period of validity: the wish inside what policy allows.

use jiff::{SignedDuration, Timestamp, Unit};

use super::Policy;
use crate::fault::{Fault, TrustCode};
use crate::request::Lifetime;
use crate::wrong::{Wrong, Wrongs};

/// From when to when a token is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

/// Decides on a wish; either end may be left open. A start that is past, or ahead by no more than clocks may differ,
/// means now; one that is further ahead is a wish for a postdated token.
pub(super) fn decide(
    wish: Option<Lifetime>,
    now: Timestamp,
    policy: &Policy,
    wrongs: Wrongs,
) -> Result<Validity, Fault> {
    let now = whole_milliseconds(now);
    let wish = wish.unwrap_or_default();
    if let (Some(created), Some(expires)) = (wish.created, wish.expires)
        && created >= expires
    {
        return Err(Fault::of(TrustCode::InvalidTimeRange));
    }
    if wish.expires.is_some_and(|expires| expires <= now) {
        return Err(Fault::of(TrustCode::ExpiredData));
    }
    let from = start(wish.created, now, policy)?;
    if wrongs.has(Wrong::RSTR_LIFETIME_BEYOND_REQUEST) {
        return Ok(Validity { from, until: later(from, policy.longest_lifetime) });
    }
    let until = wish.expires.unwrap_or_else(|| later(from, policy.lifetime)).min(later(from, policy.longest_lifetime));
    Ok(Validity { from, until: whole_milliseconds(until) })
}

fn start(created: Option<Timestamp>, now: Timestamp, policy: &Policy) -> Result<Timestamp, Fault> {
    match created {
        Some(created) if created > later(now, policy.furthest_start) => Err(Fault::of(TrustCode::InvalidTimeRange)),
        Some(created) if created > later(now, policy.tolerance) => Ok(whole_milliseconds(created)),
        _ => Ok(now),
    }
}

fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Answers give times to the millisecond, and the token says exactly the same.
pub(crate) fn whole_milliseconds(time: Timestamp) -> Timestamp {
    time.round(jiff::TimestampRound::new().smallest(Unit::Millisecond).mode(jiff::RoundMode::Floor)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::strict(&crate::keyring::Recipient::published(), &crate::keyring::Recipient::itself())
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-03-01T{text}Z").parse().unwrap()
    }

    fn decided(created: Option<&str>, expires: Option<&str>) -> Result<(Timestamp, Timestamp), Fault> {
        let wish = Lifetime { created: created.map(at), expires: expires.map(at) };
        decide(Some(wish), at("10:00:00"), &policy(), Wrongs::RIGHT).map(|validity| (validity.from, validity.until))
    }

    #[test]
    fn without_a_wish_a_token_is_good_for_an_hour() {
        let validity = decide(None, at("10:00:00.1239"), &policy(), Wrongs::RIGHT).unwrap();
        assert_eq!((validity.from, validity.until), (at("10:00:00.123"), at("11:00:00.123")));
    }

    #[test]
    fn a_shorter_wish_is_honoured_and_a_longer_one_is_cut() {
        assert_eq!(decided(None, Some("10:05:00")), Ok((at("10:00:00"), at("10:05:00"))));
        assert_eq!(decided(Some("10:00:00"), Some("23:00:00")), Ok((at("10:00:00"), at("18:00:00"))));
    }

    #[test]
    fn either_end_may_be_left_open() {
        assert_eq!(decided(Some("09:59:00"), None), Ok((at("10:00:00"), at("11:00:00"))));
        assert_eq!(decided(None, None), Ok((at("10:00:00"), at("11:00:00"))));
    }

    #[test]
    fn a_start_in_the_future_gives_a_postdated_token() {
        assert_eq!(decided(Some("11:00:00"), Some("12:00:00")), Ok((at("11:00:00"), at("12:00:00"))));
        assert_eq!(decided(Some("10:04:00"), None), Ok((at("10:00:00"), at("11:00:00"))), "a clock may be off");
    }

    #[test]
    fn a_range_that_cannot_be_is_refused() {
        assert_eq!(decided(Some("12:00:00"), Some("11:00:00")), Err(Fault::of(TrustCode::InvalidTimeRange)));
        assert_eq!(decided(Some("08:00:00"), Some("09:00:00")), Err(Fault::of(TrustCode::ExpiredData)));
        let far = Lifetime { created: Some("2027-01-01T00:00:00Z".parse().unwrap()), expires: None };
        assert_eq!(
            decide(Some(far), at("10:00:00"), &policy(), Wrongs::RIGHT),
            Err(Fault::of(TrustCode::InvalidTimeRange))
        );
    }
}
