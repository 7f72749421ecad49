//! Sleeping on a word of shared memory, and waking those who sleep.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use rustix::thread::futex::{self, Flags, Timespec};

/// Sleeps while the word is `expected`: until it is woken, but at most for `time`, by the monotonic clock.
///
/// It may return earlier for no reason, so that callers look at the word again; for them all ends of a sleep are one.
pub(crate) fn wait(word: &AtomicU32, expected: u32, time: Duration) {
    let time = Timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    };
    // Without the flag for private futexes, the kernel finds the sleepers of all processes that map the page. The errors
    // are that the word has changed (`EAGAIN`), a signal (`EINTR`) and the end of the time (`ETIMEDOUT`).
    let _ = futex::wait(word, Flags::empty(), expected, Some(&time));
}

/// Wakes at most `count` sleepers, and returns how many there were.
pub(crate) fn wake(word: &AtomicU32, count: u32) -> usize {
    // It fails for a word that is not mapped or aligned only; a reference is.
    futex::wake(word, Flags::empty(), count).unwrap_or(0)
}
