//! How long runs took and how much memory they had: the worst of all.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

static TIMES: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());
static MEMORY: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());

/// A run took so long.
pub(crate) fn took(name: &str, time: Duration) {
    TIMES.lock().unwrap_or_else(PoisonError::into_inner).push((time, name.to_owned()));
}

/// A process had so many KiB at its height.
pub(crate) fn had(name: &str, kib: u64) {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner).push((kib, name.to_owned()));
}

/// The five slowest and the five largest.
pub(crate) fn worst() -> String {
    let mut text = String::new();
    for (time, name) in top(&TIMES) {
        let _ = writeln!(text, "{:>6} ms   {name}", time.as_millis());
    }
    for (kib, name) in top(&MEMORY) {
        let _ = writeln!(text, "{:>6.1} MiB  {name}", f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0);
    }
    text
}

fn top<T: Ord + Clone>(of: &Mutex<Vec<T>>) -> Vec<T> {
    let mut all = of.lock().unwrap_or_else(PoisonError::into_inner).clone();
    all.sort_by(|one, other| other.cmp(one));
    all.truncate(5);
    all
}
