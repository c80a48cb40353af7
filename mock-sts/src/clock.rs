//! The one place where the mock learns the time: a clock that runs, stands still, or is off on purpose.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A clock that its owner can set while others read it; clones show the same time.
///
/// ```
/// use jiff::SignedDuration;
/// use mock_sts::Clock;
///
/// let clock = Clock::fixed("2026-01-01T12:00:00Z".parse()?);
/// clock.advance(SignedDuration::from_mins(5));
/// assert_eq!(clock.now().to_string(), "2026-01-01T12:05:00Z");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Hands>>);

/// What a clock goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hands {
    /// The system's time plus an offset.
    Running(SignedDuration),
    /// Always the same time.
    Fixed(Timestamp),
}

impl Clock {
    /// A clock that shows the system's time.
    pub fn system() -> Self {
        Self::of(Hands::Running(SignedDuration::ZERO))
    }

    /// A clock that stands still.
    pub fn fixed(at: Timestamp) -> Self {
        Self::of(Hands::Fixed(at))
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        match *self.hands() {
            Hands::Running(offset) => shifted(system_now(), offset),
            Hands::Fixed(at) => at,
        }
    }

    /// Moves it on (or back, with a negative span); running or standing still as before.
    pub fn advance(&self, by: SignedDuration) {
        let mut hands = self.hands();
        *hands = match *hands {
            Hands::Running(offset) => Hands::Running(offset.saturating_add(by)),
            Hands::Fixed(at) => Hands::Fixed(shifted(at, by)),
        };
    }

    /// Lets it run, this far from the system's time.
    pub fn skew(&self, by: SignedDuration) {
        *self.hands() = Hands::Running(by);
    }

    /// Stops it at a time.
    pub fn freeze(&self, at: Timestamp) {
        *self.hands() = Hands::Fixed(at);
    }

    fn of(hands: Hands) -> Self {
        Self(Arc::new(Mutex::new(hands)))
    }

    fn hands(&self) -> std::sync::MutexGuard<'_, Hands> {
        // The value is whole at every moment, so a panic elsewhere has not spoilt it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&*self.hands()).finish()
    }
}

fn shifted(from: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    from.checked_add(by).unwrap_or(end)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_fixed_clock_stands_still_until_it_is_moved() {
        let clock = Clock::fixed(noon());
        let other = clock.clone();
        assert_eq!(clock.now(), clock.now());
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(other.now().to_string(), "2026-01-01T11:00:00Z", "clones show the same time");
    }

    #[test]
    fn a_skewed_clock_runs_beside_the_systems() {
        let clock = Clock::system();
        clock.skew(SignedDuration::from_hours(2));
        let ahead = clock.now().duration_since(Clock::system().now());
        assert!((ahead - SignedDuration::from_hours(2)).abs() < SignedDuration::from_secs(5), "{ahead}");
        clock.freeze(noon());
        assert_eq!(clock.now(), noon());
    }

    #[test]
    fn a_clock_moved_past_the_end_of_time_stays_there() {
        let clock = Clock::fixed(noon());
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
        clock.advance(SignedDuration::MIN);
        assert!(clock.now() < noon());
    }
}
