//! `xs:dateTime`, read strictly: nothing that is not one is taken for one, and none is taken for another instant.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::tree::trim;

/// An instant with what its spelling tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// The instant.
    pub(crate) at: Timestamp,
    /// Whether the zone was given, as `Z` or as an offset. Without one it is read as UTC.
    pub(crate) has_zone: bool,
}

/// Reads an `xs:dateTime`. Years beyond 9999, negative years and leap seconds have no use in a message and are refused.
pub(crate) fn instant(text: &str) -> Option<Instant> {
    let text = trim(text).as_bytes();
    let (clock, rest) = text.split_at_checked(19)?;
    let number = |from: usize, length: usize| digits(&clock[from..from + length]);
    let is_shaped = clock[4] == b'-' && clock[7] == b'-' && clock[10] == b'T' && clock[13] == b':' && clock[16] == b':';
    if !is_shaped {
        return None;
    }
    let date = Date::new(
        i16::try_from(number(0, 4)?).ok().filter(|year| *year > 0)?,
        i8::try_from(number(5, 2)?).ok()?,
        i8::try_from(number(8, 2)?).ok()?,
    )
    .ok()?;
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let (nanosecond, zone) = fraction(rest)?;
    // Midnight may be written as the end of the day before.
    let (date, hour) = match hour {
        24 if minute == 0 && second == 0 && nanosecond == 0 => (date.tomorrow().ok()?, 0),
        hour => (date, hour),
    };
    if second > 59 {
        return None;
    }
    let small = |value: i32| i8::try_from(value).ok();
    let time = jiff::civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()?;
    let (offset, has_zone) = offset(zone)?;
    let at = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    Some(Instant { at, has_zone })
}

/// Up to twelve fraction digits are read, what is finer than a nanosecond is cut off; more is mischief.
fn fraction(rest: &[u8]) -> Option<(i32, &[u8])> {
    let Some(rest) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || length > 12 {
        return None;
    }
    let mut nanosecond = 0;
    for place in 0..9 {
        nanosecond = nanosecond * 10 + i32::from(rest[..length].get(place).map_or(0, |digit| digit - b'0'));
    }
    Some((nanosecond, &rest[length..]))
}

/// The offset from UTC, and whether it was given.
fn offset(zone: &[u8]) -> Option<(Offset, bool)> {
    match zone {
        [] => Some((Offset::UTC, false)),
        b"Z" => Some((Offset::UTC, true)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = digits(&[*h1, *h2])?;
            let minutes = digits(&[*m1, *m2])?;
            if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
                return None;
            }
            let seconds = (hours * 60 + minutes) * 60;
            let offset = Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?;
            Some((offset, true))
        }
        _ => None,
    }
}

fn digits(bytes: &[u8]) -> Option<i32> {
    bytes.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026-11-21T16:00:00Z", "2026-11-21T16:00:00Z")]
    #[case(" 2026-11-21T16:00:00.5Z\n", "2026-11-21T16:00:00.5Z")]
    #[case("2026-11-21T16:00:00.1234567Z", "2026-11-21T16:00:00.1234567Z")]
    #[case("2026-11-21T24:00:00Z", "2026-11-22T00:00:00Z")]
    #[case("2026-11-21T16:00:00-00:00", "2026-11-21T16:00:00Z")]
    #[case("2026-11-21T21:30:00+05:30", "2026-11-21T16:00:00Z")]
    #[case("2026-11-21T16:00:00", "2026-11-21T16:00:00Z")]
    #[case("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    fn a_date_time_is_its_instant(#[case] text: &str, #[case] expected: Timestamp) {
        assert_eq!(instant(text).map(|instant| instant.at), Some(expected));
    }

    #[rstest]
    fn what_is_no_date_time_is_none(
        #[values(
            "",
            "now",
            "1700000000",
            "2026-11-21",
            "16:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-11-21T25:00:00Z",
            "2026-11-21T24:00:01Z",
            "2026-11-21T16:00:60Z",
            "2026-11-21T16:00:61Z",
            "2026-11-21 16:00:00Z",
            "2026-11-21T16:00:00,5Z",
            "2026-11-21T16:00:00.Z",
            "2026-11-21T16:00:00z",
            "2026-11-21T16:00:00+15:00",
            "2026-11-21T16:00:00+0530",
            "12026-11-21T16:00:00Z",
            "-0044-03-15T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "\u{0662}026-11-21T16:00:00Z",
            "2026-11-21T16:00:00.0000000000000Z"
        )]
        text: &str,
    ) {
        assert_eq!(instant(text), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9T:.Z+é]{0,40}") {
            let _ = instant(&text);
        }

        #[test]
        fn every_instant_survives_being_written(second in -62_000_000_000_i64..253_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(instant(&at.to_string()).map(|instant| instant.at), Some(at));
        }
    }
}
