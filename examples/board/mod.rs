//! What the examples `publisher` and `subscriber` agree on. In real life it is a crate that both programs use.

use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use shmcore::ShmSafe;

/// The name under which the board is found.
pub(crate) const NAME: &str = "example-board";

/// The last price of each instrument, in cents, and who is there.
#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Board {
    /// The number of updates so far.
    pub(crate) updates: AtomicU64,
    pub(crate) prices: [AtomicU64; 3],
    /// The token of the publisher, and of the subscriber; 0 for nobody.
    pub(crate) publisher: AtomicU64,
    pub(crate) subscriber: AtomicU64,
    /// The number of the last update that the subscriber has seen.
    pub(crate) seen: AtomicU64,
}

/// Waits for what another process does, a minute at most.
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        if Instant::now() > deadline {
            return Err(format!("waited a minute for {what}"));
        }
        std::thread::yield_now();
    }
    Ok(())
}
