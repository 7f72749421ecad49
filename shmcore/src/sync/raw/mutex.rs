//! The state machine of a lock with one owner, which may die. It is apart from `ShmMutex` so that models can run it; the
//! lock of writers in other primitives is the same.
//!
//! ```text
//! word   bit 63      62         61        60 … 47   46 … 0
//!      | waiters | poisoned | suspect |     0     | owner |
//!        '------ slept on, with bits 46 to 32 ------'
//! ```
//!
//! | owner | waiters | poisoned | suspect | means |
//! |---|---|---|---|---|
//! | 0 | 0 | 0 | 0 | free: all zero bytes |
//! | 0 | 0 | 1 | any | free, and a holder has panicked or died since `clear_poison` |
//! | 0 | 0 | any | 1 | free, and nobody has looked at what a dead holder left behind |
//! | token | 0 | any | any | held, by a thread of the process with this token if it lives, else by nobody |
//! | token | 1 | any | any | the same, and somebody may sleep: who unlocks wakes one |
//!
//! The second word, `cause`, is written under the lock: the token of the last holder that died, or [`PANICKED`]. Who panics
//! about a poisoned lock does not change it.
//!
//! **Death.** The owner is in the value that takes the lock, so there is no moment at which it is unknown. Who finds a dead
//! one takes the lock from it by a compare-exchange of the whole word, which only one can win. Between that and the store of
//! `cause` the new owner may die too: then its own token will become the cause.
//!
//! **Wake-ups.** Who sleeps has seen the waiting flag in the word that it sleeps on, and who clears the flag wakes
//! one, who sets it again when it gets the lock, since there may be more. If a process dies between clearing and waking, or
//! after it was woken, the others look again by themselves.

use super::world::{AtomicU64, Half, Ordering, Patience, Waited, Waits, wake_all, wake_one};

/// The owner's token; 0 if free.
pub(crate) const OWNER: u64 = (1 << 47) - 1;
/// Somebody may sleep on the word.
const WAITERS: u64 = 1 << 63;
/// A holder has panicked or died.
const POISONED: u64 = 1 << 62;
/// A holder has died, and nobody has found what it left behind to be a value.
const SUSPECT: u64 = 1 << 61;

/// The cause of a poisoning that was a panic: no token has this many bits.
pub(crate) const PANICKED: u64 = u64::MAX;

/// The half of the word that holds the flag of waiters.
const SLEPT_ON: Half = Half::High;

/// A lock word, and the cause of its poisoning.
#[repr(C)]
pub(crate) struct RawMutex {
    word: AtomicU64,
    cause: AtomicU64,
}

/// What the new holder of the lock must know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Acquired {
    /// A holder has panicked or died.
    pub(crate) is_poisoned: bool,
    /// A holder has died, and nobody has looked at what it left behind.
    pub(crate) is_suspect: bool,
}

impl Acquired {
    fn of(word: u64) -> Self {
        Self { is_poisoned: word & POISONED != 0, is_suspect: word & SUSPECT != 0 }
    }
}

/// The lock is held by somebody who lives, and the patience is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Held;

/// Whom to wake by unlocking.
#[derive(Clone, Copy)]
pub(crate) enum Wake {
    One,
    All,
}

impl RawMutex {
    /// From its two words; zeroes are a free lock.
    pub(crate) const fn from_words(word: AtomicU64, cause: AtomicU64) -> Self {
        Self { word, cause }
    }

    /// Takes the lock for the process with the token `me` if it is free and in order.
    #[inline]
    pub(crate) fn lock_fast(&self, me: u64) -> bool {
        // Acquire pairs with the Release of `unlock_fast`. SeqCst, on top of it, is for the lock of readers and writers, whose
        // writers look for readers next.
        self.word.compare_exchange(0, me, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock whatever state it is in, or takes it from a dead process.
    #[cold]
    pub(crate) fn lock_slow(&self, me: u64, patience: Patience) -> Result<Acquired, Held> {
        self.lock_after(me, patience, || true)
    }

    /// The same, where the death of a holder poisons only if it `had_begun` to change what is locked. That is asked while the
    /// dead one is still the owner.
    pub(crate) fn lock_after(
        &self,
        me: u64,
        patience: Patience,
        had_begun: impl Fn() -> bool,
    ) -> Result<Acquired, Held> {
        let mut waits = Waits::new(patience);
        // Set once this thread has slept: others may sleep still.
        let mut waiters = 0;
        // The owner that was found to live since the last rest.
        let mut living = 0;
        loop {
            let seen = self.word.load(Ordering::Relaxed);
            let owner = seen & OWNER;
            if owner == 0 {
                if self.replace(seen, seen | me | waiters) {
                    return Ok(Acquired::of(seen));
                }
                continue;
            }
            if waits.spin() {
                continue;
            }
            if owner != living {
                if !waits.owner_lives(&self.word, owner) {
                    let marks = if had_begun() { POISONED | SUSPECT } else { 0 };
                    let taken = (seen & !OWNER) | me | waiters | marks;
                    if !self.replace(seen, taken) {
                        continue;
                    }
                    if marks != 0 {
                        self.cause.store(owner, Ordering::Relaxed);
                    }
                    return Ok(Acquired::of(taken));
                }
                living = owner;
            }
            if matches!(patience, Patience::None) {
                return Err(Held);
            }
            if seen & WAITERS == 0 && !self.replace(seen, seen | WAITERS) {
                continue;
            }
            waiters = WAITERS;
            match waits.wait(&self.word, SLEPT_ON, seen | WAITERS) {
                Waited::Woken => {}
                Waited::Rested => living = 0,
                Waited::TooLong => return Err(Held),
            }
        }
    }

    /// Ordering as in `lock_fast`; what a dead owner wrote is there when the kernel reports its death.
    fn replace(&self, seen: u64, new: u64) -> bool {
        self.word.compare_exchange(seen, new, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Gives the lock back if nobody waits for it and it is in order.
    #[inline]
    pub(crate) fn unlock_fast(&self, me: u64) -> bool {
        // Release pairs with the Acquire of `lock_fast`.
        self.word.compare_exchange(me, 0, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    /// Gives the lock back.
    #[inline]
    pub(crate) fn unlock(&self, me: u64) {
        if !self.unlock_fast(me) {
            self.unlock_slow(me, Wake::One);
        }
    }

    /// Gives the lock back and wakes as told, if somebody may sleep.
    #[cold]
    pub(crate) fn unlock_slow(&self, me: u64, whom: Wake) {
        let mut seen = self.word.load(Ordering::Relaxed);
        // Others add the flag of waiters and take poison away; they do not come without end.
        while seen & OWNER == me {
            let free = seen & (POISONED | SUSPECT);
            // Release: as in `unlock_fast`.
            match self.word.compare_exchange(seen, free, Ordering::Release, Ordering::Relaxed) {
                Ok(_) if seen & WAITERS == 0 => return,
                Ok(_) => return self.wake(whom),
                Err(now) => seen = now,
            }
        }
    }

    fn wake(&self, whom: Wake) {
        match whom {
            Wake::One => _ = wake_one(&self.word, SLEPT_ON),
            Wake::All => wake_all(&self.word, SLEPT_ON),
        }
    }

    /// Waits while somebody holds the lock, without taking it. Whoever unlocks must wake all.
    ///
    /// `Ok(false)` if the owner is dead: somebody must take the lock from it.
    #[cold]
    pub(crate) fn wait_until_free(&self, patience: Patience, waits: &mut Waits) -> Result<bool, Held> {
        let seen = self.word.load(Ordering::Relaxed);
        let owner = seen & OWNER;
        if owner == 0 {
            return Ok(true);
        }
        if !waits.owner_lives(&self.word, owner) {
            return Ok(false);
        }
        if matches!(patience, Patience::None) {
            return Err(Held);
        }
        if seen & WAITERS == 0 && !self.replace(seen, seen | WAITERS) {
            return Ok(true);
        }
        match waits.wait(&self.word, SLEPT_ON, seen | WAITERS) {
            Waited::Woken | Waited::Rested => Ok(true),
            Waited::TooLong => Err(Held),
        }
    }

    /// The token of the owner, dead or alive; 0 if the lock is free.
    ///
    /// `SeqCst`, for a reader that has made itself known before: it is seen by the writer, or sees the writer.
    #[inline]
    pub(crate) fn owner(&self) -> u64 {
        self.word.load(Ordering::SeqCst) & OWNER
    }

    /// Whether the lock is free and in order. `SeqCst`: as `owner`.
    #[inline]
    pub(crate) fn is_free_and_in_order(&self) -> bool {
        self.word.load(Ordering::SeqCst) == 0
    }

    /// What a holder would find, if the lock is free. `SeqCst`: as `owner`.
    pub(crate) fn free(&self) -> Option<Acquired> {
        let seen = self.word.load(Ordering::SeqCst);
        (seen & OWNER == 0).then(|| Acquired::of(seen))
    }

    /// What a holder would find.
    pub(crate) fn state(&self) -> Acquired {
        Acquired::of(self.word.load(Ordering::Relaxed))
    }

    /// Notes that a holder has panicked. For the holder.
    #[cold]
    pub(crate) fn poison(&self) {
        // Most panic because they find the poison: what it comes from must not be lost by that.
        if self.word.load(Ordering::Relaxed) & (POISONED | SUSPECT) == 0 {
            self.cause.store(PANICKED, Ordering::Relaxed);
        }
        self.word.fetch_or(POISONED, Ordering::Relaxed);
    }

    /// Takes the poison away; what nobody has looked at stays suspect.
    pub(crate) fn clear_poison(&self) {
        self.word.fetch_and(!POISONED, Ordering::Relaxed);
    }

    /// Notes that what a dead holder left behind is a value. For the holder.
    #[cold]
    pub(crate) fn clear_suspicion(&self) {
        self.word.fetch_and(!SUSPECT, Ordering::Relaxed);
    }

    /// The token of the holder that died last, or [`PANICKED`]; 0 if there was neither. For the holder.
    pub(crate) fn cause(&self) -> u64 {
        self.cause.load(Ordering::Relaxed)
    }
}
