//! Assertions that say the wrong thing under a right signature.

use jiff::{SignedDuration, Timestamp};

use crate::names::{SAML_20_ID, WSSE};
use crate::policy::{Grant, KeyGrant};
use crate::token::{Confirmation, Facts, time_text};
use crate::wrong::{Wrong, Wrongs};

/// Changes what an assertion is about to say.
pub(crate) fn change(facts: &mut Facts, grant: &Grant<'_>, wrongs: Wrongs) {
    if wrongs.is_empty() {
        return;
    }
    identity(facts, wrongs);
    audience(facts, wrongs);
    period(facts, grant, wrongs);
    confirmation(facts, grant, wrongs);
    attributes(facts, wrongs);
    // Last: the other changes make times too.
    time_format(facts, wrongs);
}

fn identity(facts: &mut Facts, wrongs: Wrongs) {
    if wrongs.has(Wrong::TOKEN_SAME_ID_TWICE) {
        "_00000000000000000000000000000000".clone_into(&mut facts.id);
    }
    if wrongs.has(Wrong::TOKEN_SHORT_ID) {
        facts.id.truncate(5);
    }
    if wrongs.has(Wrong::TOKEN_WRONG_ISSUER) {
        "urn:mock-sts:somebody-else".clone_into(&mut facts.issuer);
    }
    if wrongs.has(Wrong::TOKEN_EMPTY_ISSUER) {
        facts.issuer.clear();
    }
    if wrongs.has(Wrong::TOKEN_OTHER_USER) {
        let other = if facts.subject == "bob" { "alice" } else { "bob" };
        other.clone_into(&mut facts.subject);
    }
}

fn audience(facts: &mut Facts, wrongs: Wrongs) {
    if wrongs.has(Wrong::TOKEN_WRONG_AUDIENCE) {
        facts.audience = Some("https://somebody-else.example.test/".to_owned());
    }
    if wrongs.has(Wrong::TOKEN_NO_AUDIENCE) {
        facts.audience = None;
    }
}

fn period(facts: &mut Facts, grant: &Grant<'_>, wrongs: Wrongs) {
    let (from, until) = (grant.validity.from, grant.validity.until);
    if wrongs.has(Wrong::TOKEN_EXPIRED) {
        facts.not_before = moved(from, -2);
        facts.not_on_or_after = moved(from, -1);
    }
    if wrongs.has(Wrong::TOKEN_NOT_YET_VALID) {
        facts.not_before = moved(from, 1);
        facts.not_on_or_after = moved(until, 1);
    }
    if wrongs.has(Wrong::TOKEN_VALID_AT_ONCE) {
        facts.not_before.clone_from(&facts.issued);
    }
    if wrongs.has(Wrong::TOKEN_VALID_FOREVER) {
        "2999-12-31T23:59:59.000Z".clone_into(&mut facts.not_on_or_after);
    }
    if wrongs.has(Wrong::TOKEN_CONDITIONS_REVERSED) {
        std::mem::swap(&mut facts.not_before, &mut facts.not_on_or_after);
    }
}

fn confirmation(facts: &mut Facts, grant: &Grant<'_>, wrongs: Wrongs) {
    let bound = !matches!(grant.key, KeyGrant::Bearer(_));
    if wrongs.has(Wrong::TOKEN_BEARER_AFTER_HOK) && bound {
        facts.confirmation = Confirmation::Bearer;
    }
    if wrongs.has(Wrong::TOKEN_OTHER_KEY) && bound {
        facts.confirmation = Confirmation::HolderOfKey(Confirmation::somebody_elses_key());
    }
    if wrongs.has(Wrong::TOKEN_KEY_REFERS_TO_SAML) && bound {
        let reference = format!(
            "<wsse:SecurityTokenReference xmlns:wsse=\"{WSSE}\"><wsse:KeyIdentifier ValueType=\"{SAML_20_ID}\">{}\
             </wsse:KeyIdentifier></wsse:SecurityTokenReference>",
            facts.id
        );
        facts.confirmation = Confirmation::HolderOfKey(reference);
    }
    if wrongs.has(Wrong::TOKEN_TWO_KEYS)
        && let Confirmation::HolderOfKey(key) = &mut facts.confirmation
    {
        key.push_str(&Confirmation::somebody_elses_key());
    }
    if wrongs.has(Wrong::TOKEN_HOK_INSTEAD_OF_BEARER) && !bound {
        facts.confirmation = Confirmation::HolderOfKey(Confirmation::somebody_elses_key());
    }
}

fn attributes(facts: &mut Facts, wrongs: Wrongs) {
    if wrongs.has(Wrong::TOKEN_DUPLICATE_ATTRIBUTE) {
        let again = facts.attributes.first().cloned();
        facts.attributes.extend(again);
    }
    if wrongs.has(Wrong::TOKEN_NO_ACTOR) {
        facts.attributes.retain(|(name, _)| !name.ends_with("/actor"));
    }
}

fn time_format(facts: &mut Facts, wrongs: Wrongs) {
    let Facts { issued, authenticated, not_before, not_on_or_after, .. } = facts;
    if wrongs.has(Wrong::TOKEN_TIME_OFFSET) {
        for time in [&mut *issued, &mut *authenticated, &mut *not_before, &mut *not_on_or_after] {
            *time = with_offset(time);
        }
    }
    if wrongs.has(Wrong::TOKEN_TIME_NO_ZONE) {
        for time in [&mut *issued, &mut *authenticated, &mut *not_before, &mut *not_on_or_after] {
            *time = time.trim_end_matches('Z').to_owned();
        }
    }
    if wrongs.has(Wrong::TOKEN_LEAP_SECOND) {
        *issued = with_leap_second(issued);
    }
    if wrongs.has(Wrong::TOKEN_STALE_ISSUE_INSTANT) {
        "2001-01-01T00:00:00.000Z".clone_into(issued);
    }
}

fn moved(time: Timestamp, hours: i64) -> String {
    time_text(time.checked_add(SignedDuration::from_hours(hours)).unwrap_or(time))
}

/// The same instant, said with an offset.
pub(crate) fn with_offset(time: &str) -> String {
    let Ok(instant) = time.parse::<Timestamp>() else { return time.to_owned() };
    let shifted = instant.checked_add(SignedDuration::from_hours(2)).unwrap_or(instant);
    time_text(shifted).replace('Z', "+02:00")
}

/// The time with 60 for its seconds.
pub(crate) fn with_leap_second(time: &str) -> String {
    // 2026-01-01T12:00:SS.000Z
    let mut text = time.to_owned();
    if text.is_char_boundary(17) && text.is_char_boundary(19) && text.len() >= 19 {
        text.replace_range(17..19, "60");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_leaves_the_instant_as_it_is() {
        assert_eq!(with_offset("2026-01-01T23:00:00.000Z"), "2026-01-02T01:00:00.000+02:00");
    }

    #[test]
    fn a_leap_second_stands_where_the_seconds_were() {
        assert_eq!(with_leap_second("2026-01-01T23:00:07.000Z"), "2026-01-01T23:00:60.000Z");
    }
}
