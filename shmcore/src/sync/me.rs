//! This process, as lock words know it, and what a guard remembers of it.

use std::thread;

use crate::region::{Borrow, owner};

/// The token of this process, for a lock word.
///
/// # Panics
///
/// If the kernel refuses what makes this process known to others; only at the first call in a process.
#[inline]
pub(crate) fn token() -> u64 {
    match owner::token() {
        Ok(token) => token,
        Err(failed) => unknown(&failed.into()),
    }
}

/// The same, unless this is the first lock of the process.
#[inline]
pub(super) fn known_token() -> Option<u64> {
    owner::known_token()
}

/// The same where nothing is unusual: not the first lock of the process or of the thread, and no panic under way. What it
/// returns may be made a [`Holder::plain`].
#[inline]
pub(super) fn plain_token() -> Option<u64> {
    let token = known_token()?;
    (Borrow::is_known() && !thread::panicking()).then_some(token)
}

#[cold]
fn unknown(error: &std::io::Error) -> ! {
    panic!("this process cannot be made known to those it shares locks with: {error}")
}

/// Set in what a guard remembers if a panic was under way when the lock was taken. No token has this many bits.
const WAS_PANICKING: u64 = 1 << 63;
/// The bits of a token.
const TOKEN: u64 = (1 << NOTE) - 1;
/// The lowest bit of a number of at most 16 bits that a guard may remember too.
const NOTE: u32 = 47;

/// In whose name a lock was taken, and what a guard remembers besides: the token of a process, `WAS_PANICKING`, a note.
///
/// One word, so that a guard is moved in two registers. It is copied, so that a guard's slow path takes it by value: a reference
/// would put every guard into memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim(u64);

impl Claim {
    #[inline]
    pub(super) fn token(self) -> u64 {
        self.0 & TOKEN
    }

    /// The note, or 0.
    #[inline]
    pub(super) fn note(self) -> usize {
        ((self.0 & !WAS_PANICKING) >> NOTE) as usize
    }

    /// Whether this process has taken it: a forked child has a copy of the guard, but not the lock.
    #[inline]
    pub(super) fn is_this_process(self) -> bool {
        owner::is_own(self.token())
    }

    /// Whether this process has taken it: the usual case, in one compare, for a holder whose panic matters to nobody.
    #[inline]
    pub(super) fn is_current(self) -> bool {
        owner::is_current(self.token())
    }

    /// The token, if this process has taken it, nothing is noted and no panic is or was under way: the usual case, in two compares.
    /// If not, the others tell more.
    #[inline]
    pub(super) fn plain(self) -> Option<u64> {
        // With a note or a flag it is no token.
        (owner::is_current(self.0) && !thread::panicking()).then_some(self.0)
    }

    /// Whether a panic has begun since.
    #[inline]
    pub(super) fn has_panicked(self) -> bool {
        thread::panicking() && self.0 & WAS_PANICKING == 0
    }
}

/// What a guard has besides the lock: its claim to it, and that a fork would duplicate it. It stays on its thread.
#[derive(Debug)]
pub(super) struct Holder {
    claim: Claim,
    _borrow: Borrow,
}

impl Holder {
    /// The holder of what was just taken with this token.
    #[inline]
    pub(super) fn new(token: u64) -> Self {
        let was_panicking = if thread::panicking() { WAS_PANICKING } else { 0 };
        Self { claim: Claim(token | was_panicking), _borrow: Borrow::begin() }
    }

    /// The same with a [`plain_token`], on the same thread.
    #[inline]
    pub(super) fn plain(token: u64) -> Self {
        Self { claim: Claim(token), _borrow: Borrow::begin_another() }
    }

    /// The same holder with a note, a number of at most 16 bits. It had none before.
    #[inline]
    pub(super) fn noting(self, note: usize) -> Self {
        debug_assert!(note >> (u64::BITS - 1 - NOTE) == 0, "a note has at most 16 bits");
        Self { claim: Claim(self.claim.0 | (note as u64) << NOTE), ..self }
    }

    #[inline]
    pub(super) fn claim(&self) -> Claim {
        self.claim
    }

    #[inline]
    pub(super) fn token(&self) -> u64 {
        self.claim.token()
    }

    /// As [`Claim::is_this_process`].
    #[inline]
    pub(super) fn is_this_process(&self) -> bool {
        self.claim.is_this_process()
    }

    /// In debug builds: that the guard is not used in a forked child.
    #[inline]
    #[track_caller]
    pub(super) fn debug_assert_this_process(&self) {
        debug_assert!(
            self.is_this_process(),
            "the guard of a lock is used in a forked child: the lock is its parent's"
        );
    }
}
