//! The state machine of a semaphore whose permits come back from the dead. It is apart from `ShmSemaphore` so that models
//! can run it.
//!
//! ```text
//! state   bit 63     62 … 57   56 … 32   31 … 0
//!       | waiters |  used  | changes | permits |
//!         '------- slept on -------'
//!
//! holders[i]   bit 63    62 … 47   46 … 0
//!            |   0    | count    | token |
//! ```
//!
//! | holder | means |
//! |---|---|
//! | 0 | nobody's: all zero bytes |
//! | token, count | so many guards of the process with this token, if it lives, else nobody's |
//!
//! | used | means |
//! |---|---|
//! | 0 | nobody holds a permit: all that exist are available |
//! | n | the first n words of holders may be somebody's, all others are nobody's; more than there are words means all |
//!
//! | waiters | means |
//! |---|---|
//! | 0 | nobody sleeps, or will before it has set the flag and looked again |
//! | 1 | somebody may sleep: who makes a permit available wakes one for each |
//!
//! `permits` is how many exist: those that are available, and those that the holders have. One is available if there are
//! more than the holders have, which is found out, and acted on, under `lock`. Without it permits are only added, and
//! given back; so what was available stays so. And while `used` is 0, they are taken away without it too, by a
//! compare-exchange of the whole state: so `used` is raised by one of the state that has the permit, before that is counted in a
//! new word. It is changed under the lock only, and lowered only to words that were seen to be nobody's under the same lock.
//!
//! **Death.** Each change is one step of one word, so a process that dies inside leaves a semaphore in order; its lock
//! is taken over, and nothing has to be repaired. What a dead process holds is taken from it by who needs a permit: the word of
//! its holding becomes 0 in one step, which only one can make.
//!
//! **Wake-ups.** Who sleeps has set the flag first and then looked once more. Who makes a permit available looks for the flag
//! after that, and if it is set changes the state, so that nobody lies down who has looked before. The flag is taken away by who
//! has woken nobody; then all are woken, because somebody may have lain down since. If a process dies between these
//! steps, or after it was woken, the others look again by themselves.

use super::mutex::RawMutex;
use super::world::{
    AtomicU64, Half, LOOKS, Ordering, Patience, Waited, Waits, between_store_and_load, spin, wake_all,
    wake_one,
};

/// How many permits exist.
const PERMITS: u64 = u32::MAX as u64;
/// One change, so that the half that is slept on is another one.
const CHANGE: u64 = 1 << 32;
/// All bits of the changes.
const CHANGES: u64 = USED_WORD - CHANGE;
/// One word of holders that may be somebody's.
const USED_WORD: u64 = 1 << 57;
/// How many may be.
const USED: u64 = WAITERS - USED_WORD;
/// Somebody may sleep.
const WAITERS: u64 = 1 << 63;

/// The half of the state that holds the flag of waiters.
const SLEPT_ON: Half = Half::High;

/// The token in the word of a holder.
const TOKEN: u64 = (1 << 47) - 1;
/// One guard, in the word of a holder.
const GUARD: u64 = 1 << 47;
/// So many guards are in one word at most.
const MOST_GUARDS: u64 = u16::MAX as u64;

/// Permits, and who has them: words for so many processes.
#[repr(C)]
pub(crate) struct RawSemaphore<const HOLDERS: usize> {
    lock: RawMutex,
    state: AtomicU64,
    holders: [AtomicU64; HOLDERS],
}

/// No permit has become available, and the patience is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exhausted;

/// There would be more permits than can be counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooMany;

/// The word in which a guard is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place(u32);

impl<const HOLDERS: usize> RawSemaphore<HOLDERS> {
    /// From its words: a free lock, the number of permits, and zeroes.
    pub(crate) const fn from_words(
        lock: RawMutex,
        permits: AtomicU64,
        holders: [AtomicU64; HOLDERS],
    ) -> Self {
        const { assert!(HOLDERS as u64 <= USED / USED_WORD, "all words can be used") };
        Self { lock, state: permits, holders }
    }

    /// Takes a permit for the process with the token `me` if there is one, and nobody is taking one.
    #[inline]
    pub(crate) fn access_fast(&self, me: u64) -> Option<Place> {
        if !self.lock.lock_fast(me) {
            return None;
        }
        let place = self.record(me);
        self.lock.unlock(me);
        place
    }

    /// Takes a permit for the process with the token `me`, which has it until it gives it back or dies.
    pub(crate) fn access(&self, me: u64, patience: Patience) -> Result<Place, Exhausted> {
        self.take(me, patience, || self.record(me))
    }

    /// Takes a permit out of the world if there is one and nobody holds any.
    #[inline]
    pub(crate) fn acquire_fast(&self) -> bool {
        let mut seen = self.state.load(Ordering::Relaxed);
        // Others come between only by taking or giving themselves.
        while seen & USED == 0 && seen & PERMITS != 0 {
            // Acquire pairs with the Release of `add`; and of `consume`, which has seen what was given back.
            match self.state.compare_exchange(seen, seen - 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// Takes a permit out of the world.
    pub(crate) fn acquire(&self, me: u64, patience: Patience) -> Result<(), Exhausted> {
        self.take(me, patience, || self.consume())
    }

    fn take<R>(&self, me: u64, patience: Patience, take: impl Fn() -> Option<R>) -> Result<R, Exhausted> {
        let locked = || {
            self.lock(me, patience)?;
            let taken = take();
            self.lock.unlock(me);
            Ok(taken)
        };
        if let Some(taken) = locked()? {
            return Ok(taken);
        }
        self.take_slow(patience, locked)
    }

    #[cold]
    fn take_slow<R>(
        &self,
        patience: Patience,
        take: impl Fn() -> Result<Option<R>, Exhausted>,
    ) -> Result<R, Exhausted> {
        /// Where permits come and go all the time, a waiter never rests, but is woken in vain: then it looks for the dead too.
        const WAKES: u32 = 16;
        let mut waits = Waits::new(patience);
        let mut woken = 0;
        loop {
            if woken % WAKES == 0
                && self.bury(&waits)
                && let Some(taken) = take()?
            {
                return Ok(taken);
            }
            if matches!(patience, Patience::None) {
                return Err(Exhausted);
            }
            // SeqCst, as the loads of `take`: who gives a permit back after they have missed it sees the flag. Acquire, in it,
            // pairs with the Release of `change`: who sees its change sees the permit.
            let seen = self.state.fetch_or(WAITERS, Ordering::SeqCst) | WAITERS;
            between_store_and_load();
            if let Some(taken) = take()? {
                return Ok(taken);
            }
            match waits.wait(&self.state, SLEPT_ON, seen) {
                Waited::Woken => woken += 1,
                Waited::Rested => woken = 0,
                Waited::TooLong => return Err(Exhausted),
            }
        }
    }

    fn lock(&self, me: u64, patience: Patience) -> Result<(), Exhausted> {
        // Without patience it does not wait for the lock, but looks more than once: others have it for a moment only.
        let looks = if matches!(patience, Patience::None) { LOOKS } else { 1 };
        for look in 1..=looks {
            if self.lock.lock_fast(me) {
                return Ok(());
            }
            if look < looks {
                spin();
            }
        }
        let acquired = self.lock.lock_slow(me, patience).map_err(|_| Exhausted)?;
        if acquired.is_poisoned || acquired.is_suspect {
            // All is in order at any moment, and the next one shall not be slow.
            self.lock.clear_suspicion();
            self.lock.clear_poison();
        }
        Ok(())
    }

    /// Counts a guard. For the holder of the lock.
    #[inline]
    fn record(&self, me: u64) -> Option<Place> {
        loop {
            // SeqCst: see `take_slow`. Acquire, in it, pairs with the Release of `add`, and of `consume` for what it has seen.
            let state = self.state.load(Ordering::SeqCst);
            let used = self.used(state);
            let mut held = 0;
            // Where it is counted, and what is there: with others of this process, else where nobody's is, else in another word.
            let mut place = (used.len(), 0);
            for (index, holder) in used.iter().enumerate() {
                // SeqCst: see `take_slow`. Acquire, in it, pairs with the Release of `give_back`.
                let seen = holder.load(Ordering::SeqCst);
                held += count(seen);
                let is_own = seen & TOKEN == me && count(seen) < MOST_GUARDS;
                if is_own || seen == 0 && place.0 == used.len() {
                    place = (index, seen);
                }
            }
            if state & PERMITS <= held {
                return None;
            }
            let (index, seen) = place;
            let holder = self.holders.get(index)?;
            if index == used.len() && !self.use_another(state) {
                continue;
            }
            let new = if seen == 0 { me | GUARD } else { seen + GUARD };
            // Relaxed: the lock orders it for those who take; those who give back change this word only.
            if holder.compare_exchange(seen, new, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return u32::try_from(index).ok().map(Place);
            }
            // Another thread of this process has given one back.
        }
    }

    /// Says that one more word may be somebody's. `false` if the state is another one: its permits may be gone. For the
    /// holder of the lock.
    fn use_another(&self, state: u64) -> bool {
        // Acquire: before the word is. Whoever takes without the lock looks at the same word of the state.
        let raised = state + USED_WORD;
        self.state.compare_exchange(state, raised, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes a permit away. For the holder of the lock.
    fn consume(&self) -> Option<()> {
        loop {
            // As in `record`.
            let state = self.state.load(Ordering::SeqCst);
            let used = self.used(state);
            let mut held = 0;
            let mut needed = 0;
            for (holder, index) in used.iter().zip(1..) {
                let seen = holder.load(Ordering::SeqCst);
                held += count(seen);
                if seen != 0 {
                    needed = index;
                }
            }
            if state & PERMITS <= held {
                return None;
            }
            // Release: who takes without the lock from now on sees what was done before the words became nobody's.
            let new = (state & !USED) + needed * USED_WORD - 1;
            if self.state.compare_exchange(state, new, Ordering::Release, Ordering::Relaxed).is_ok() {
                return Some(());
            }
            // Others have made permits, or lain down; or taken some without the lock.
        }
    }

    /// The words that may be somebody's.
    fn used(&self, state: u64) -> &[AtomicU64] {
        let used = usize::try_from((state & USED) / USED_WORD).unwrap_or(HOLDERS);
        &self.holders[..used.min(HOLDERS)]
    }

    /// Gives back what was taken by `access`. For the process that has taken it.
    #[inline]
    pub(crate) fn give_back(&self, place: Place) {
        let Some(holder) = self.holders.get(place.0 as usize) else { return };
        let mut seen = holder.load(Ordering::Relaxed);
        loop {
            let new = if count(seen) > 1 { seen - GUARD } else { 0 };
            // SeqCst: see `take_slow`; and Release, in it: who gets the permit sees what was done with it.
            match holder.compare_exchange(seen, new, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        self.wake();
    }

    /// Makes more permits.
    pub(crate) fn add(&self, more: u32) -> Result<(), TooMany> {
        let mut seen = self.state.load(Ordering::Relaxed);
        loop {
            if (seen & PERMITS) + u64::from(more) > PERMITS {
                return Err(TooMany);
            }
            // Release pairs with the Acquire of `acquire_fast`, `record` and `consume`. The flag is in the same word.
            let new = changed(seen) + u64::from(more);
            match self.state.compare_exchange(seen, new, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) if seen & WAITERS == 0 => return Ok(()),
                Ok(_) => {
                    self.wake_sleepers(new, more);
                    return Ok(());
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Takes from the dead what they hold; returns whether there was anything. It wakes nobody: who sleeps looks again by
    /// itself as soon.
    fn bury(&self, waits: &Waits) -> bool {
        let mut has_freed = false;
        for holder in &self.holders {
            let seen = holder.load(Ordering::Relaxed);
            if seen != 0 && !waits.owner_lives(holder, seen & TOKEN) {
                // Release: as in `give_back`, for what the dead have done. They change nothing any more, and their token
                // does not come again.
                has_freed |= holder.compare_exchange(seen, 0, Ordering::Release, Ordering::Relaxed).is_ok();
            }
        }
        has_freed
    }

    /// How many permits are available, with those of the dead.
    pub(crate) fn available(&self) -> u32 {
        self.bury(&Waits::new(Patience::Forever));
        let permits = self.state.load(Ordering::Acquire) & PERMITS;
        let held = sum(self.holders.each_ref().map(|holder| holder.load(Ordering::Acquire)));
        // While others take some, more may seem to be held than there are.
        u32::try_from(permits.saturating_sub(held)).unwrap_or(u32::MAX)
    }

    /// After a permit has become available in the word of a holder.
    #[inline]
    fn wake(&self) {
        between_store_and_load();
        // SeqCst: see `take_slow`.
        let mut seen = self.state.load(Ordering::SeqCst);
        while seen & WAITERS != 0 {
            // Release pairs with the Acquire in `take_slow`.
            match self.state.compare_exchange(seen, changed(seen), Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return self.wake_sleepers(changed(seen), 1),
                Err(now) => seen = now,
            }
        }
    }

    /// Wakes sleepers. If there were fewer than told, the flag goes, unless the state has changed since.
    #[cold]
    fn wake_sleepers(&self, state: u64, most: u32) {
        for _ in 0..most {
            if !wake_one(&self.state, SLEPT_ON) {
                let none = state & !WAITERS;
                // Relaxed: who lies down without the flag looks again.
                if self.state.compare_exchange(state, none, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                    wake_all(&self.state, SLEPT_ON);
                }
                return;
            }
        }
    }
}

/// The state with another number of changes.
fn changed(state: u64) -> u64 {
    (state & !CHANGES) | (state.wrapping_add(CHANGE) & CHANGES)
}

fn count(holder: u64) -> u64 {
    holder >> 47
}

fn sum<const HOLDERS: usize>(holders: [u64; HOLDERS]) -> u64 {
    holders.into_iter().map(count).sum()
}
