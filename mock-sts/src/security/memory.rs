//! What earlier messages leave behind.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// What the reading half asks of the state.
pub trait Memory: Send + Sync {
    /// Notes a mark (a nonce, a signature) until a time; false when it had been noted and is not over.
    fn first_use(&self, mark: &[u8], until: Timestamp, now: Timestamp) -> bool;
    /// Whether the token of this identifier was cancelled.
    fn is_cancelled(&self, token: &str) -> bool;
    /// Whether the token of this identifier could be renewed.
    fn is_renewable(&self, token: &str) -> bool;
}

/// Marks that are remembered until their time: sixteen octets for each, whatever its length.
#[derive(Debug, Default)]
pub struct Marks {
    hasher: RandomState,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    until: HashMap<u64, i64>,
    sweep_at: usize,
}

impl Marks {
    /// Notes a mark until a time; false when it had been noted and is not over.
    pub fn first_use(&self, mark: &[u8], until: Timestamp, now: Timestamp) -> bool {
        let mark = self.hasher.hash_one(mark);
        let (until, now) = (until.as_second(), now.as_second());
        // A panic elsewhere leaves a map that is still a map.
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.until.len() >= noted.sweep_at.max(1024) {
            noted.until.retain(|_, until| *until >= now);
            noted.sweep_at = noted.until.len() * 2;
        }
        let before = noted.until.insert(mark, until);
        before.is_none_or(|before| before < now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_new_once_until_its_time_is_over() {
        let marks = Marks::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(marks.first_use(b"a", at(10), at(0)));
        assert!(!marks.first_use(b"a", at(10), at(10)));
        assert!(marks.first_use(b"b", at(10), at(10)));
        assert!(marks.first_use(b"a", at(30), at(11)));
    }

    #[test]
    fn marks_that_are_over_are_swept() {
        let marks = Marks::default();
        for second in 0_i64..100_000 {
            let now = Timestamp::from_second(second).unwrap();
            assert!(marks.first_use(&second.to_be_bytes(), Timestamp::from_second(second + 10).unwrap(), now));
        }
        assert!(marks.noted.lock().unwrap().until.len() <= 2048);
    }
}
