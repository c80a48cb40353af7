//! Times as XML Schema writes them, which is neither what ISO 8601 nor what time libraries accept.

use std::cmp::Ordering;
use std::fmt;

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// An `xs:dateTime` at nanosecond precision. Compares by the instant; one without zone counts as UTC.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    nanos: i128,
    zone: Zone,
}

/// How a time is tied to UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// `Z`.
    Utc,
    /// `+01:00`: minutes east of Greenwich.
    Offset(i16),
    /// Not at all.
    Unsaid,
}

/// Why a text is no `xs:dateTime`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no xs:dateTime: {because}")]
pub struct TimeError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub because: &'static str,
}

impl Time {
    /// Reads an `xs:dateTime`; white space around it does not count.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        read(text).map_err(|because| TimeError { text: text.to_owned(), because })
    }

    /// The time so many nanoseconds after the beginning of 1970, in UTC.
    pub fn from_unix_nanos(nanos: i128) -> Self {
        Self { nanos, zone: Zone::Utc }
    }

    /// Nanoseconds since the beginning of 1970.
    pub fn unix_nanos(self) -> i128 {
        self.nanos
    }

    /// How it is tied to UTC.
    pub fn zone(self) -> Zone {
        self.zone
    }

    /// So much later, or earlier for a negative span.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self { nanos: self.nanos.saturating_add(span.0), zone: self.zone }
    }

    /// How much later than another it is.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.nanos.saturating_sub(earlier.nanos))
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Time {
    /// Always in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.nanos.div_euclid(SECOND)).unwrap_or(i64::MAX);
        let (year, month, day) = date_of(seconds.div_euclid(DAY));
        let of_day = seconds.rem_euclid(DAY);
        let (sign, year) = if year <= 0 { ("-", 1 - year) } else { ("", year) };
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.nanos.rem_euclid(SECOND) {
            0 => f.write_str("Z"),
            fraction => write!(f, ".{}Z", format!("{fraction:09}").trim_end_matches('0')),
        }
    }
}

/// A length of time, possibly negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i128);

impl Span {
    /// Reads `5m`, `1h`, `90s`, `250ms`, `2d`, or an `xs:dayTimeDuration` such as `PT5M`; a sign may stand before it.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let nanos = match text.strip_prefix('P') {
            Some(rest) => schema_duration(rest),
            None => short_duration(text),
        };
        nanos.and_then(|nanos| nanos.checked_mul(sign)).map(Self)
    }

    /// A span of so many nanoseconds.
    pub fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// Its nanoseconds.
    pub fn nanos(self) -> i128 {
        self.0
    }

    /// The same length, forward.
    #[must_use]
    pub fn length(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.unsigned_abs();
        let mut parts = Vec::new();
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60)].map(|(unit, s)| (unit, s * 1_000_000_000_u128)) {
            if rest >= length {
                parts.push(format!("{}{unit}", rest / length));
                rest %= length;
            }
        }
        if rest > 0 || parts.is_empty() {
            let fraction = format!("{:09}", rest % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let dot = if fraction.is_empty() { "" } else { "." };
            parts.push(format!("{}{dot}{fraction}s", rest / 1_000_000_000));
        }
        write!(f, "{}{}", if self.0 < 0 { "-" } else { "" }, parts.join(" "))
    }
}

fn read(text: &str) -> Result<Time, &'static str> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (date, clock) = rest.split_once('T').ok_or("a capital T stands between date and time")?;
    let days = read_date(date, negative)?;
    let (clock, zone) = read_zone(clock)?;
    let nanos = read_clock(clock)?;
    let offset = match zone {
        Zone::Offset(minutes) => i128::from(minutes) * 60 * SECOND,
        Zone::Utc | Zone::Unsaid => 0,
    };
    Ok(Time { nanos: i128::from(days) * i128::from(DAY) * SECOND + nanos - offset, zone })
}

fn read_date(date: &str, negative: bool) -> Result<i64, &'static str> {
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err("a date is YYYY-MM-DD") };
    if year.len() < 4 || (year.len() > 4 && year.starts_with('0')) || !year.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a year has four digits, or more without leading zeros");
    }
    let year: i64 = year.parse().ok().filter(|year| *year < 1_000_000_000).ok_or("a year beyond all times")?;
    if year == 0 {
        return Err("there is no year 0000");
    }
    // The year before 1 is -1: none is called 0.
    let year = if negative { 1 - year } else { year };
    let month = two(month).filter(|month| (1..=12).contains(month)).ok_or("a month is 01 to 12")?;
    let day =
        two(day).filter(|day| (1..=month_length(year, month)).contains(day)).ok_or("no such day in that month")?;
    Ok(days_to(year, month, day))
}

fn read_clock(clock: &str) -> Result<i128, &'static str> {
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut parts = whole.splitn(3, ':').map(two);
    let (hour, minute, second) = (parts.next().flatten(), parts.next().flatten(), parts.next().flatten());
    let (Some(hour), Some(minute), Some(second)) = (hour, minute, second) else { return Err("a time is HH:MM:SS") };
    let fraction = match fraction {
        None => 0,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            // What comes after nanoseconds is cut off.
            format!("{:0<9}", &digits[..digits.len().min(9)]).parse().unwrap_or(0)
        }
        Some(_) => return Err("digits are missing after the point"),
    };
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction == 0;
    match (hour, minute, second) {
        (24, _, _) if !midnight => Err("24:00:00 is the only time of that hour"),
        (0..=24, 0..=59, 0..=59) => Ok(i128::from(hour * 3600 + minute * 60 + second) * SECOND + fraction),
        (_, _, 60) => Err("XML Schema has no leap seconds"),
        _ => Err("no such time of day"),
    }
}

fn read_zone(clock: &str) -> Result<(&str, Zone), &'static str> {
    if let Some(clock) = clock.strip_suffix('Z') {
        return Ok((clock, Zone::Utc));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Ok((clock, Zone::Unsaid)) };
    let sign = if clock[at..].starts_with('-') { -1 } else { 1 };
    let zone = clock[at + 1..].split_once(':').and_then(|(hours, minutes)| Some((two(hours)?, two(minutes)?)));
    match zone {
        Some((hours, minutes)) if minutes < 60 && (hours < 14 || (hours == 14 && minutes == 0)) => {
            let minutes = i16::try_from(hours * 60 + minutes).unwrap_or(0);
            Ok((&clock[..at], Zone::Offset(sign * minutes)))
        }
        _ => Err("a zone is Z, or +HH:MM or -HH:MM up to 14:00"),
    }
}

fn two(text: &str) -> Option<i64> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Years are counted from March, so that the leap day comes last.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn short_duration(text: &str) -> Option<i128> {
    let digits = text.bytes().position(|byte| !byte.is_ascii_digit())?;
    let number: i128 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => SECOND / 1000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return None,
    };
    number.checked_mul(unit)
}

fn schema_duration(text: &str) -> Option<i128> {
    let (days, clock) = text.split_once('T').map_or((text, None), |(days, clock)| (days, Some(clock)));
    let mut total: i128 = match days {
        "" => clock.map(|_| 0)?,
        days => days.strip_suffix('D')?.parse::<u32>().ok().map(|days| i128::from(days) * 86_400 * SECOND)?,
    };
    let mut rest = clock.unwrap_or_default();
    if clock == Some("") {
        return None;
    }
    for (unit, length) in [('H', 3600), ('M', 60)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total += i128::from(number.parse::<u32>().ok()?) * length * SECOND;
            rest = after;
        }
    }
    if let Some(seconds) = rest.strip_suffix('S') {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = digits.then(|| format!("{:0<9}", &fraction[..fraction.len().min(9)]))?;
        total += i128::from(whole.parse::<u32>().ok()?) * SECOND + fraction.parse::<i128>().ok()?;
        rest = "";
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z")]
    #[case::midnight_at_the_end("2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z")]
    #[case::many_digits("2026-11-21T10:00:00.1234567891Z", "2026-11-21T10:00:00.123456789Z")]
    #[case::east("2026-11-21T01:00:00+14:00", "2026-11-20T11:00:00Z")]
    #[case::west("2026-11-21T23:00:00-01:30", "2026-11-22T00:30:00Z")]
    #[case::no_zone("2026-11-21T10:00:00", "2026-11-21T10:00:00Z")]
    #[case::leap_day("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z")]
    #[case::five_digits("12026-01-01T00:00:00Z", "12026-01-01T00:00:00Z")]
    #[case::before_the_year_one("-0001-12-31T24:00:00Z", "0001-01-01T00:00:00Z")]
    #[case::before_the_epoch("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z")]
    #[case::white_space_collapses("\n 2026-11-21T10:00:00Z\t", "2026-11-21T10:00:00Z")]
    fn times_are_read_and_written_in_utc(#[case] text: &str, #[case] utc: &str) {
        assert_eq!(Time::parse(text).map(|time| time.to_string()).as_deref(), Ok(utc));
    }

    #[rstest]
    #[case::space("2026-11-21 10:00:00Z")]
    #[case::basic_form("20261121T100000Z")]
    #[case::leap_second("2026-12-31T23:59:60Z")]
    #[case::late_hour_24("2026-11-21T24:00:01Z")]
    #[case::hour_25("2026-11-21T25:00:00Z")]
    #[case::zone_too_far("2026-11-21T10:00:00+14:01")]
    #[case::zone_without_colon("2026-11-21T10:00:00+0100")]
    #[case::no_such_day("2026-02-29T10:00:00Z")]
    #[case::year_zero("0000-01-01T00:00:00Z")]
    #[case::short_year("926-01-01T00:00:00Z")]
    #[case::padded_year("02026-01-01T00:00:00Z")]
    #[case::plus("+2026-01-01T00:00:00Z")]
    #[case::no_seconds("2026-11-21T10:00Z")]
    #[case::bare_point("2026-11-21T10:00:00.Z")]
    #[case::lower_case("2026-11-21t10:00:00z")]
    #[case::date_only("2026-11-21")]
    #[case::empty("")]
    #[case::other_digits("\u{664}026-11-21T10:00:00Z")]
    fn what_only_resembles_a_time_is_refused(#[case] text: &str) {
        assert!(Time::parse(text).is_err());
    }

    #[rstest]
    #[case("5m", Some("5m"))]
    #[case("-1h", Some("-1h"))]
    #[case("+250ms", Some("0.25s"))]
    #[case("90s", Some("1m 30s"))]
    #[case("PT5M", Some("5m"))]
    #[case("P1DT2H3.5S", Some("1d 2h 3.5s"))]
    #[case("P1D", Some("1d"))]
    #[case("0s", Some("0s"))]
    #[case("P1Y", None)]
    #[case("PT", None)]
    #[case("P", None)]
    #[case("PT5M3H", None)]
    #[case("5", None)]
    #[case("m", None)]
    #[case("5 m", None)]
    fn spans_are_read_and_written(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), expected);
    }

    #[test]
    fn times_compare_by_the_instant_and_not_by_their_zone() {
        let read = |text| Time::parse(text).expect("a time");
        assert!(read("2026-11-21T10:00:00+01:00") < read("2026-11-21T09:00:00.000000001Z"));
        assert_eq!(read("2026-11-21T10:00:00+01:00"), read("2026-11-21T09:00:00Z"));
        assert_eq!(read("2026-11-21T09:00:00"), read("2026-11-21T09:00:00Z"), "one without zone counts as UTC");
        assert_eq!(
            read("2026-11-21T10:05:00Z").since(read("2026-11-21T10:00:00Z")),
            Span::parse("5m").expect("five minutes")
        );
    }
}
