//! The door of the state machines to the world: atomics, sleeping and waking, and who lives.
//!
//! The state machines name nothing else, so that the models put another world in its place: loom's atomics, threads for
//! processes, and deaths where they choose.
//!
//! # Safety
//!
//! 1. The half of a word is four of its eight bytes, aligned to 4. Its address is given to the kernel; in this
//!    process nobody reads or writes it but through the whole word.
#![allow(unsafe_code, reason = "addresses a half of a word, for the kernel")]

pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use std::sync::atomic::compiler_fence;
use std::time::{Duration, Instant};

use crate::region::owner;
use crate::sys::futex;

/// How often a thread looks again before it sleeps. It pauses twice as long each time. More of it is slower: each look takes
/// the cache line from the owner.
const SPINS: u32 = 3;

/// How often a thread that may not sleep looks for what others have for a moment only.
pub(crate) const LOOKS: u32 = 100;

/// Longest sleep before a thread looks again by itself: who was to wake it may have died.
const LONGEST_NAP: Duration = Duration::from_millis(4);
const FIRST_NAP: Duration = Duration::from_millis(1);
/// After so many rests, from the first one on, a thread asks whether the owner is dying, which costs as much as a nap does.
const RESTS: u32 = 2;

/// The half of a word that a thread sleeps on. The kernel knows words of 32 bits only.
#[derive(Clone, Copy)]
pub(crate) enum Half {
    /// Bits 0 to 31.
    Low,
    /// Bits 32 to 63.
    High,
}

impl Half {
    fn of(self, word: &AtomicU64) -> &AtomicU32 {
        let index = usize::from(matches!(self, Self::High) == cfg!(target_endian = "little"));
        let halves = std::ptr::from_ref(word).cast::<AtomicU32>();
        // SAFETY: `add` requires that the result lies inside the word: it is its first or its second half.
        let half = unsafe { halves.add(index) };
        // SAFETY: a reference requires aligned memory that lives as long: invariant 1, and the word's lifetime. Both types
        // are interior mutable, so other references do not matter.
        unsafe { &*half }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a half is wanted")]
    const fn bits(self, word: u64) -> u32 {
        match self {
            Self::Low => word as u32,
            Self::High => (word >> 32) as u32,
        }
    }
}

/// How long a thread is willing to wait.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    /// Not at all; and it must not wait for another thread of this process either, so that a signal handler may try.
    None,
    /// Until a moment of the monotonic clock.
    Until(Instant),
    /// For ever.
    Forever,
}

impl Patience {
    /// For some time from now. A time beyond the clock's end is for ever.
    pub(crate) fn of(time: Duration) -> Self {
        Instant::now().checked_add(time).map_or(Self::Forever, Self::Until)
    }

    /// What is left; `None` if nothing is.
    fn left(self) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::Until(end) => end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()),
            Self::Forever => Some(Duration::MAX),
        }
    }
}

/// The waits of one operation: bounded in all, and each short enough to notice a death.
pub(crate) struct Waits {
    patience: Patience,
    spins: u32,
    next: Duration,
    /// How many rests were over.
    rests: u32,
    /// Whether one was over just now, after which it is asked what takes longer.
    asks: bool,
    /// When the rest that is under way is over, however often the thread wakes up before.
    end: Option<Instant>,
}

/// What came of a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// Somebody may have changed the word.
    Woken,
    /// A while has passed: it is time to ask whether the owner lives.
    Rested,
    /// The patience is over. The thread did not sleep.
    TooLong,
}

impl Waits {
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, spins: 0, next: FIRST_NAP, rests: 0, asks: false, end: None }
    }

    /// Pauses for a moment, a few times in all. Once it returns `false` it is time to sleep.
    pub(crate) fn spin(&mut self) -> bool {
        if self.spins == SPINS || matches!(self.patience, Patience::None) {
            return false;
        }
        for _ in 0..1_u32 << self.spins {
            std::hint::spin_loop();
        }
        self.spins += 1;
        true
    }

    /// Sleeps while the half of the word is as in `expected`.
    ///
    /// Signals end a sleep but not a rest: else a thread that gets many would never come to ask who lives.
    pub(crate) fn wait(&mut self, word: &AtomicU64, half: Half, expected: u64) -> Waited {
        let Some(left) = self.patience.left() else { return Waited::TooLong };
        self.asks = false;
        let now = Instant::now();
        let end = *self.end.get_or_insert(now + self.next);
        futex::wait(half.of(word), half.bits(expected), end.saturating_duration_since(now).min(left));
        if Instant::now() < end {
            return Waited::Woken;
        }
        self.end = None;
        self.rests = self.rests.wrapping_add(1);
        self.asks = self.rests % RESTS == 1;
        self.next = (self.next * 2).min(LONGEST_NAP);
        Waited::Rested
    }

    /// Whether the process lives whose token stands in the word.
    pub(crate) fn owner_lives(&self, word: &AtomicU64, token: u64) -> bool {
        let address = std::ptr::from_ref(word).addr();
        match self.patience {
            Patience::None => owner::lives_unless_busy(address, token),
            Patience::Until(_) | Patience::Forever => {
                owner::lives(address, token) && !(self.asks && owner::is_dying(address, token))
            }
        }
    }
}

/// Wakes one thread that sleeps on the half of the word; returns whether there was one.
pub(crate) fn wake_one(word: &AtomicU64, half: Half) -> bool {
    futex::wake(half.of(word), 1) > 0
}

/// Wakes all threads that sleep on the half of the word.
pub(crate) fn wake_all(word: &AtomicU64, half: Half) {
    futex::wake(half.of(word), i32::MAX.unsigned_abs());
}

/// Nothing: that a load comes after a store of another word is said by `SeqCst` on both. The models, which know that of
/// fences only, put one here.
#[inline]
pub(crate) fn between_store_and_load() {}

/// Keeps what stands before it before what stands after it, as those see it who look after the death of this thread. The
/// processor does so; this is for the compiler.
#[inline]
pub(crate) fn in_order_of_death() {
    compiler_fence(Ordering::SeqCst);
}

/// Tells the processor that this thread looks again, without a wait.
#[inline]
pub(crate) fn spin() {
    std::hint::spin_loop();
}
