//! The one place where time and randomness enter an exchange.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use stsproof_judge::time::Span;

/// In nanoseconds.
const SECOND: i128 = 1_000_000_000;

/// Where a run takes its time and randomness from.
#[derive(Debug, Clone)]
pub struct Source {
    seed: [u8; 32],
    clock: Clock,
}

#[derive(Debug, Clone)]
enum Clock {
    System,
    Fixed(Timestamp),
}

/// Time and randomness of one case. The same source and name give the same values, whatever ran before.
#[derive(Debug, Clone)]
pub struct Fresh {
    key: [u8; 32],
    drawn: u64,
    clock: Clock,
}

impl Source {
    /// The clock and randomness of the machine.
    ///
    /// # Panics
    ///
    /// If the machine has no randomness: nothing could be kept secret then.
    pub fn system() -> Self {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).expect("the system has randomness");
        Self { seed, clock: Clock::System }
    }

    /// A clock that stands still and randomness that follows from a seed, so that a test can replay.
    pub fn fixed(seed: u64, now: Timestamp) -> Self {
        Self { seed: Sha256::digest(seed.to_be_bytes()).into(), clock: Clock::Fixed(now) }
    }

    /// The time and randomness for what bears this name.
    pub fn of(&self, name: &str) -> Fresh {
        let key = Sha256::new().chain_update(self.seed).chain_update(name).finalize().into();
        Fresh { key, drawn: 0, clock: self.clock.clone() }
    }
}

impl Fresh {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the place where the time enters")]
    pub fn now(&self) -> Timestamp {
        match self.clock {
            Clock::System => Timestamp::now(),
            Clock::Fixed(now) => now,
        }
    }

    /// Bytes that nobody can guess unless they know the seed.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for piece in bytes.chunks_mut(32) {
            let block = Sha256::new().chain_update(self.key).chain_update(self.drawn.to_be_bytes()).finalize();
            piece.copy_from_slice(&block[..piece.len()]);
            self.drawn += 1;
        }
        bytes
    }

    /// A random UUID in its usual spelling.
    pub fn uuid(&mut self) -> String {
        let mut bytes: [u8; 16] = self.bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let n = u128::from_be_bytes(bytes);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            n >> 96,
            n >> 80 & 0xffff,
            n >> 64 & 0xffff,
            n >> 48 & 0xffff,
            n & 0xffff_ffff_ffff
        )
    }
}

/// A time as xs:dateTime in UTC, in milliseconds, which every product reads.
pub fn date_time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// `+5m`, `-1h`, `+90s`, `-2d`: a distance in time, or `None` if it is written otherwise.
pub fn distance(text: &str) -> Option<SignedDuration> {
    let nanos = text.starts_with(['+', '-']).then(|| Span::parse(text)).flatten()?.nanos();
    let seconds = i64::try_from(nanos.div_euclid(SECOND)).ok()?;
    Some(SignedDuration::new(seconds, i32::try_from(nanos.rem_euclid(SECOND)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-20T12:00:00.5Z".parse().expect("a time")
    }

    #[test]
    fn a_name_gives_the_same_values_again_and_another_name_others() {
        let source = Source::fixed(7, noon());
        let (mut a, mut b, mut c) = (source.of("a"), source.of("a"), source.of("c"));
        assert_eq!(a.bytes::<48>(), b.bytes::<48>());
        let uuid = a.uuid();
        assert_eq!(uuid, b.uuid());
        assert_ne!(uuid, a.uuid());
        assert_ne!(uuid, c.uuid());
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
        assert_ne!(Source::system().of("a").uuid(), Source::system().of("a").uuid());
    }

    #[test]
    fn times_are_utc_in_milliseconds() {
        assert_eq!(date_time(Source::fixed(0, noon()).of("x").now()), "2026-11-20T12:00:00.500Z");
    }

    #[rstest::rstest]
    #[case("+5m", Some(300))]
    #[case("-1h", Some(-3600))]
    #[case("+90s", Some(90))]
    #[case("-2d", Some(-172_800))]
    #[case("5m", None)]
    #[case("+m", None)]
    #[case("+-5m", None)]
    #[case("+5w", None)]
    #[case("+99999999999999999999s", None)]
    #[case("+9999999999999999999d", None)]
    fn distances_have_a_sign_a_number_and_a_unit(#[case] text: &str, #[case] seconds: Option<i64>) {
        assert_eq!(distance(text).map(|distance| distance.as_secs()), seconds);
    }
}
