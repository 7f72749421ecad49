//! The state machine of something that is done once, by a process that may die before it is done. It is apart from
//! `ShmOnceLock` so that models can run it.
//!
//! ```text
//! word   bit 63      62        61     60 … 47   46 … 0
//!      | waiters | complete | begun |    0     | owner |
//!        '-------- slept on, with bits 46 to 32 --------'
//! ```
//!
//! | owner | begun | complete | waiters | means |
//! |---|---|---|---|---|
//! | 0 | 0 | 0 | 0 | nobody has begun: all zero bytes |
//! | 0 | 0 | 0 | 1 | nobody has begun, and somebody may sleep who will not begin it |
//! | token | 1 | 0 | 0 | under way, by a thread of the process with this token if it lives, else by nobody |
//! | token | 1 | 0 | 1 | the same, and somebody may sleep: who completes or abandons it wakes all |
//! | 0 | 0 | 1 | 0 | complete, for good |
//!
//! **Death.** Who finds a dead owner takes its place by a compare-exchange of the whole word, and begins anew: nobody has
//! looked at what the dead one did, because it did not complete it.
//!
//! **Wake-ups.** Who sleeps has seen the waiting flag in the word that it sleeps on, and by the other one whether anybody is at
//! it, which the half that is slept on may not show of the owner: who would begin does not sleep then. If a process dies before it wakes the
//! others, they look again by themselves.

use super::mutex::{Held, OWNER};
use super::world::{AtomicU64, Half, Ordering, Patience, Waited, Waits, wake_all};

/// Somebody may sleep on the word.
const WAITERS: u64 = 1 << 63;
/// There is an owner.
const BEGUN: u64 = 1 << 61;
/// The half of the word that holds the flags.
const SLEPT_ON: Half = Half::High;

/// The word.
#[repr(C)]
pub(crate) struct RawOnce {
    word: AtomicU64,
}

/// What a process has to do that wants it done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Begun {
    /// It is complete already.
    Complete,
    /// This process must do it now, then complete or abandon it.
    ByMe,
}

impl RawOnce {
    /// The word of what is complete.
    pub(crate) const COMPLETE: u64 = 1 << 62;

    /// From its word; zero is one that nobody has begun.
    pub(crate) const fn from_word(word: AtomicU64) -> Self {
        Self { word }
    }

    /// Whether it is complete; then all is visible that was done for it.
    #[inline]
    pub(crate) fn is_complete(&self) -> bool {
        // Acquire pairs with the Release of `complete`.
        self.word.load(Ordering::Acquire) & Self::COMPLETE != 0
    }

    /// Begins for the process with the token `me`, in the place of a dead one if need be; waits while another process does it.
    #[cold]
    pub(crate) fn begin(&self, me: u64, patience: Patience) -> Result<Begun, Held> {
        let mut waits = Waits::new(patience);
        // The owner that was found to live since the last rest.
        let mut living = 0;
        loop {
            // Acquire: as in `is_complete`.
            let seen = self.word.load(Ordering::Acquire);
            if seen & Self::COMPLETE != 0 {
                return Ok(Begun::Complete);
            }
            let owner = seen & OWNER;
            if owner != 0 && waits.spin() {
                continue;
            }
            if owner == 0 || owner != living && !waits.owner_lives(&self.word, owner) {
                let begun = seen & WAITERS | BEGUN | me;
                // Acquire pairs with the Release of `abandon`; what a dead owner wrote is there when the kernel reports its
                // death.
                match self.word.compare_exchange(seen, begun, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => return Ok(Begun::ByMe),
                    Err(_) => continue,
                }
            }
            living = owner;
            if self.rest(seen, patience, &mut waits)? == Waited::Rested {
                living = 0;
            }
        }
    }

    /// Waits until it is complete, whoever does it.
    #[cold]
    pub(crate) fn wait(&self, patience: Patience) -> Result<(), Held> {
        let mut waits = Waits::new(patience);
        loop {
            // Acquire: as in `is_complete`.
            let seen = self.word.load(Ordering::Acquire);
            if seen & Self::COMPLETE != 0 {
                return Ok(());
            }
            if waits.spin() {
                continue;
            }
            self.rest(seen, patience, &mut waits)?;
        }
    }

    /// Says that it is done, and wakes all that wait. For the owner.
    #[cold]
    pub(crate) fn complete(&self, me: u64) {
        self.leave(me, Self::COMPLETE);
    }

    /// Says that it was not done, and wakes all that wait. For the owner.
    #[cold]
    pub(crate) fn abandon(&self, me: u64) {
        self.leave(me, 0);
    }

    fn leave(&self, me: u64, state: u64) {
        let mut seen = self.word.load(Ordering::Relaxed);
        // Others only add the flag of waiters.
        while seen & OWNER == me {
            // Release pairs with the Acquire of `is_complete`, `begin` and `wait`.
            match self.word.compare_exchange(seen, state, Ordering::Release, Ordering::Relaxed) {
                Ok(_) if seen & WAITERS != 0 => return wake_all(&self.word, SLEPT_ON),
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Sleeps on the word as it was seen, not complete.
    fn rest(&self, seen: u64, patience: Patience, waits: &mut Waits) -> Result<Waited, Held> {
        if matches!(patience, Patience::None) {
            return Err(Held);
        }
        let waited = seen | WAITERS;
        // Relaxed: the flag publishes nothing.
        if seen != waited
            && self.word.compare_exchange(seen, waited, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return Ok(Waited::Woken);
        }
        match waits.wait(&self.word, SLEPT_ON, waited) {
            Waited::TooLong => Err(Held),
            waited => Ok(waited),
        }
    }

    /// Whether the process with this token is at it.
    pub(crate) fn is_owned_by(&self, me: u64) -> bool {
        self.word.load(Ordering::Relaxed) & OWNER == me
    }

    /// Makes it one that nobody has begun. For who has it alone.
    pub(crate) fn reset(&mut self) {
        self.word.store(0, Ordering::Relaxed);
    }
}
