//! `ShmBarrier`: processes that wait for each other.
//!
//! The state machine is [`RawBarrier`]; here is the number that opens it.
//!
//! # Safety
//!
//! 1. `repr(C)`: a word, and a number, which nobody writes.
#![allow(unsafe_code, reason = "vouches for the layout")]

use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::error::TimeoutError;
use super::raw::barrier::{Passed, RawBarrier};
use super::raw::world::Patience;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

/// A meeting point of processes: [`std::sync::Barrier`], in shared memory.
///
/// As many threads as its number wait until the last of them is there; then all go on, and it can be used again.
///
/// Its default is the barrier of 0 threads, which lets each pass: the closure of
/// [`create_shared_init`](crate::create_shared_init) puts the right one in its place.
///
/// # Layout
///
/// `#[repr(C)]`: a word of 8 bytes, how many have arrived and how often it has opened; and the number, a `u32`.
///
/// # Memory ordering
///
/// Arriving is a release operation, going on an acquire operation: each sees what all the others have done before they
/// arrived.
///
/// # Process death
///
/// An arrival is a number. That of a process that dies afterwards counts: the others go on when the rest is there. A process
/// that dies before it arrives keeps them waiting; where that can happen, use [`wait_timeout`](Self::wait_timeout). If the last
/// one dies while it opens the barrier, it is open or not; if it is, the others go on within some milliseconds.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{ShmBarrier, create_shared_with, process::fork_child};
/// use std::process::ExitCode;
///
/// let both = create_shared_with(ShmBarrier::new(2))?;
/// let child = fork_child(|| ExitCode::from(u8::from(both.wait().is_leader())))?;
/// let parent_leads = both.wait().is_leader();
/// let child_leads = child.wait()?.code() == Some(1);
/// assert_ne!(parent_leads, child_leads);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmBarrier {
    raw: RawBarrier,
    opens_at: u32,
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers are the same for every process; 2. an exact layout: `repr(C)`, and sizes and offsets are the
//    compiler's; the kind is opaque because only this file knows what they mean; 3. interior mutability in a core atomic
//    only: nobody writes the number (invariant 1); 4. no drop glue: neither part has any; 5. every pattern of both is a barrier.
#[diagnostic::do_not_recommend]
unsafe impl ShmSafe for ShmBarrier {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmBarrier",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "word", offset: 0, layout: AtomicU64::LAYOUT },
                Field { name: "opens_at", offset: offset_of!(Self, opens_at), layout: u32::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are the barrier of 0 threads at which nobody has arrived, so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl PlacementDefault for ShmBarrier {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

/// Whether this thread was the last to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShmBarrierWaitResult(Passed);

impl ShmBarrierWaitResult {
    /// Whether this is the one of all threads that has opened the barrier.
    ///
    /// # Process death
    ///
    /// If that thread's process dies, none of the others is told that it leads.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0 == Passed::Leader
    }
}

impl ShmBarrier {
    /// A barrier that opens when `n` threads, of any processes, wait at it. 0 is the same as 1: nobody has to wait.
    #[must_use]
    pub const fn new(n: u32) -> Self {
        Self { raw: RawBarrier::from_word(AtomicU64::new(0)), opens_at: n }
    }

    /// Waits until all are there.
    pub fn wait(&self) -> ShmBarrierWaitResult {
        let passed = self.raw.wait(self.opens_at, Patience::Forever);
        // Nobody waits longer than for ever.
        ShmBarrierWaitResult(passed.unwrap_or_else(|_| unreachable!("the barrier was given up")))
    }

    /// Waits until all are there, at most for `time`, by the monotonic clock. If they are not, this thread has not arrived.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] if the barrier has not opened.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmBarrier;
    /// use std::time::Duration;
    ///
    /// let barrier = ShmBarrier::new(2);
    /// assert!(barrier.wait_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn wait_timeout(&self, time: Duration) -> Result<ShmBarrierWaitResult, TimeoutError> {
        let passed = self.raw.wait(self.opens_at, Patience::of(time));
        passed.map(ShmBarrierWaitResult).map_err(|_| TimeoutError)
    }
}

impl fmt::Debug for ShmBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmBarrier").field("opens_at", &self.opens_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
