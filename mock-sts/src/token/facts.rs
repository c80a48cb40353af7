//! What an assertion says, before a version of SAML gives it its form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::encrypt::Target;
use super::key_info;
use crate::policy::{Grant, KeyGrant};
use crate::random::Random;
use crate::xml::write::push_number;

/// The content of an assertion. Times are texts already: a misbehaviour may write them as no clock would.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) issued: String,
    pub(crate) subject: String,
    pub(crate) confirmation: Confirmation,
    pub(crate) not_before: String,
    pub(crate) not_on_or_after: String,
    pub(crate) audience: Option<String>,
    /// Who else may use the assertion. Only SAML 2.0 has words for this and the next.
    pub(crate) delegate: Option<String>,
    /// Whether no other assertion may be made from it.
    pub(crate) is_last: bool,
    pub(crate) authenticated: String,
    /// Whether the requestor showed a password (else a key).
    pub(crate) password: bool,
    pub(crate) attributes: Vec<(String, Vec<String>)>,
}

/// How the bearer of an assertion shows that it may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// By having it.
    Bearer,
    /// By using a key; with the content of its `KeyInfo`.
    HolderOfKey(String),
}

impl Confirmation {
    /// A key that has nothing to do with the request: the one of the mock's own HTTPS port.
    pub(crate) fn somebody_elses_key() -> String {
        super::sign::x509_data(&BASE64.encode(crate::keys::tls().certificate()))
    }
}

/// The claim by which composite delegation names who acts.
const ACTOR_CLAIM: &str = "http://schemas.xmlsoap.org/ws/2009/09/identity/claims/actor";

impl Facts {
    /// The true content of what was granted.
    pub(crate) fn of(
        grant: &Grant<'_>,
        secret: Option<&[u8]>,
        now: Timestamp,
        target: Target<'_>,
        random: &mut Random,
    ) -> Self {
        let issued = time_text(now);
        let mut attributes = grant.claims.clone();
        if let Some(actor) = &grant.actor {
            attributes.push((ACTOR_CLAIM.to_owned(), vec![actor.clone()]));
        }
        Self {
            id: super::new_id(random),
            issuer: grant.issuer.to_owned(),
            subject: grant.subject.clone(),
            confirmation: confirmation(grant, secret, target, random),
            not_before: time_text(grant.validity.from),
            not_on_or_after: time_text(grant.validity.until),
            audience: grant.audience.map(str::to_owned),
            delegate: grant.passing_on.to.clone(),
            is_last: grant.passing_on.allowed == Some(false),
            authenticated: issued.clone(),
            issued,
            password: grant.password,
            attributes,
        }
    }
}

fn confirmation(grant: &Grant<'_>, secret: Option<&[u8]>, target: Target<'_>, random: &mut Random) -> Confirmation {
    match (&grant.key, secret) {
        (KeyGrant::Public { key, .. }, _) => Confirmation::HolderOfKey(key_info::public(key)),
        (KeyGrant::Symmetric { .. }, Some(secret)) => {
            Confirmation::HolderOfKey(key_info::secret(secret, target, random))
        }
        _ => Confirmation::Bearer,
    }
}

/// A time in UTC, to the millisecond.
pub(crate) fn time_text(time: Timestamp) -> String {
    // Written digit by digit: an answer has seven of them, and formatting them was a tenth of what it cost.
    let time = Offset::UTC.to_datetime(time);
    let mut text = String::with_capacity(24);
    if time.year() < 0 {
        text.push('-');
    }
    push_number(u32::from(time.year().unsigned_abs()), 4, &mut text);
    let parts =
        [('-', time.month()), ('-', time.day()), ('T', time.hour()), (':', time.minute()), (':', time.second())];
    for (mark, part) in parts {
        text.push(mark);
        push_number(u32::from(part.unsigned_abs()), 2, &mut text);
    }
    text.push('.');
    push_number(u32::from(time.millisecond().unsigned_abs()), 3, &mut text);
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_fraction_digits_and_end_in_z() {
        assert_eq!(time_text("2026-01-02T03:04:05.6789+02:00".parse().unwrap()), "2026-01-02T01:04:05.678Z");
        assert_eq!(time_text("1969-12-31T23:59:59.001Z".parse().unwrap()), "1969-12-31T23:59:59.001Z");
        assert_eq!(time_text("2026-01-02T03:04:05Z".parse().unwrap()), "2026-01-02T03:04:05.000Z");
    }
}
