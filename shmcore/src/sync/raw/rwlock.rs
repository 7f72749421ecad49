//! The state machine of a lock with many readers or one writer, any of which may die. It is apart from `ShmRwLock` so that
//! models can run it, with fewer slots.
//!
//! Writers exclude each other by a [`RawMutex`]. What is behind it, `begun`, is written by its owner only:
//!
//! | owner | begun | means |
//! |---|---|---|
//! | 0 | 0 | no writer |
//! | token | 0 | a writer that waits for readers or has done; or somebody who looks at or gives back what a dead one had |
//! | token | 1 | a writer that may have changed something, or has just taken the place of one: its death poisons |
//!
//! Readers are in slots, each with the process's token, so that a writer knows whom to wait for and whether they live:
//!
//! ```text
//! slot   bit 63     62 … 47          46 … 0
//!      | waited | read guards | reading process |
//!        '-- slept on, with bits 46 to 32 --'
//! ```
//!
//! | process | guards | waited | means |
//! |---|---|---|---|
//! | 0 | 0 | 0 | empty: all zero bytes |
//! | token | 1 to 65535 | 0 | so many guards of that process are here if it lives, else none |
//! | token | 1 to 65535 | 1 | the same, and somebody may sleep: who empties the slot wakes all |
//!
//! **Who comes first.** A reader puts itself into a slot, then looks for a writer; a writer takes the writers' lock, then looks
//! for readers. All four steps are `SeqCst`, so at least one of two sees the other. A reader that sees a writer
//! leaves again, so writers are not kept out by readers that come without end.
//!
//! **Where a writer looks.** Bit n of `used` says that slot n was ever used. A reader sees it set, or sets it, before it puts itself
//! into the slot, and nobody takes it away; these steps and a writer's look at it are `SeqCst`, too. So a reader in a slot
//! that a writer does not see there comes after the writer, and sees that one.
//!
//! **Death.** A dead reader's slot is emptied by a compare-exchange of the whole word, by a writer that waits for it or a
//! reader that needs it. A dead writer's lock is taken from it, also by a reader, that gives it back at once; that marks the
//! lock if the dead one had begun to write. One that dies while it waits for readers leaves no mark.
//!
//! **Wake-ups.** Readers sleep on the writers' word, with the next writers: who unlocks for writing wakes all. Who waits for a
//! slot sleeps on that.

use super::mutex::{Acquired, Held, OWNER, RawMutex, Wake};
use super::world::{
    AtomicU32, AtomicU64, Half, Ordering, Patience, Waited, Waits, between_store_and_load, in_order_of_death,
    wake_all,
};

/// One read guard.
const GUARD: u64 = 1 << 47;
/// As many read guards as a slot counts.
const GUARDS: u64 = 0xffff << 47;
/// Somebody may sleep on the slot.
const WAITED: u64 = 1 << 63;

/// A writer looks into so many slots one by one, and into all if more were used.
const FEW: usize = 8;

/// The half of a slot that holds the flag.
const SLEPT_ON: Half = Half::High;

/// The writers' lock, the mark of one that has begun, and the slots of readers, with those that were used.
#[repr(C)]
pub(crate) struct RawRwLock<const SLOTS: usize> {
    writers: RawMutex,
    begun: AtomicU32,
    used: AtomicU32,
    readers: [AtomicU64; SLOTS],
}

/// A read lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The index of the slot with the guard.
    pub(crate) slot: usize,
    /// What the last writer left behind.
    pub(crate) found: Acquired,
}

impl<const SLOTS: usize> RawRwLock<SLOTS> {
    /// From its parts; zeroes are a free lock.
    pub(crate) const fn from_parts(
        writers: RawMutex,
        [begun, used]: [AtomicU32; 2],
        readers: [AtomicU64; SLOTS],
    ) -> Self {
        const { assert!(SLOTS <= u32::BITS as usize) };
        Self { writers, begun, used, readers }
    }

    /// The lock of writers, for its marks.
    pub(crate) const fn writers(&self) -> &RawMutex {
        &self.writers
    }

    /// The index of the slot in which a process looks first.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is an index")]
    const fn first(me: u64) -> usize {
        (me % SLOTS as u64) as usize
    }

    /// Takes the lock for reading if no other guard of this process is in the way, its slot was used before, there is no writer, and
    /// all is in order. Returns the index of the slot.
    #[inline]
    pub(crate) fn read_fast(&self, me: u64) -> Option<usize> {
        let slot = Self::first(me);
        if !self.writers.is_free_and_in_order() || !self.was_used(slot) {
            return None;
        }
        // SeqCst pairs with the loads of `has_readers` and `drain`.
        self.readers[slot].compare_exchange(0, me | GUARD, Ordering::SeqCst, Ordering::Relaxed).ok()?;
        between_store_and_load();
        if self.writers.is_free_and_in_order() {
            return Some(slot);
        }
        self.leave(me, slot);
        None
    }

    /// Takes the lock for reading, whatever state it is in.
    #[cold]
    pub(crate) fn read_slow(&self, me: u64, patience: Patience) -> Result<Reading, Held> {
        let mut waits = Waits::new(patience);
        loop {
            if self.writers.owner() != 0 {
                if !waits.spin() && !self.writers.wait_until_free(patience, &mut waits)? {
                    self.bury_writer(me);
                }
                continue;
            }
            let Some(slot) = self.enter(me) else {
                self.wait_for_slot(me, patience, &mut waits)?;
                continue;
            };
            between_store_and_load();
            if let Some(found) = self.writers.free() {
                return Ok(Reading { slot, found });
            }
            self.leave(me, slot);
        }
    }

    /// Gives a read lock back if it is the only one in its slot and nobody sleeps there.
    #[inline]
    pub(crate) fn read_unlock_fast(&self, me: u64, slot: usize) -> bool {
        // Release pairs with the Acquire in the loads of `has_readers` and `drain`: what was read, was read before.
        let only = me | GUARD;
        self.readers[slot].compare_exchange(only, 0, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    /// Gives a read lock back.
    pub(crate) fn read_unlock(&self, me: u64, slot: usize) {
        if !self.read_unlock_fast(me, slot) {
            self.leave(me, slot);
        }
    }

    /// Takes the lock for writing if it is free and in order.
    #[inline]
    pub(crate) fn write_fast(&self, me: u64) -> bool {
        if !self.writers.lock_fast(me) {
            return false;
        }
        between_store_and_load();
        if self.has_readers() {
            self.writers.unlock_slow(me, Wake::All);
            return false;
        }
        self.begin();
        true
    }

    /// Takes the lock for writing, whatever state it is in.
    #[cold]
    pub(crate) fn write_slow(&self, me: u64, patience: Patience) -> Result<Acquired, Held> {
        let found = self.write_nothing(me, patience)?;
        self.begin();
        Ok(found)
    }

    /// Takes the lock as for writing, to look only: a death leaves no mark.
    #[cold]
    pub(crate) fn write_nothing(&self, me: u64, patience: Patience) -> Result<Acquired, Held> {
        self.lock_writers(me, patience)?;
        // What a dead writer had begun shows in the marks by now.
        self.end();
        between_store_and_load();
        if self.drain(patience).is_err() {
            self.write_unlock(me);
            return Err(Held);
        }
        Ok(self.writers.state())
    }

    /// Gives the write lock back if nobody waits for it and it is in order.
    #[inline]
    pub(crate) fn write_unlock_fast(&self, me: u64) -> bool {
        self.end();
        self.writers.unlock_fast(me)
    }

    /// Gives the write lock back.
    pub(crate) fn write_unlock(&self, me: u64) {
        if !self.write_unlock_fast(me) {
            self.writers.unlock_slow(me, Wake::All);
        }
    }

    /// Makes a read lock of the write lock, without a moment for another writer. Returns the index of the slot.
    #[cold]
    pub(crate) fn downgrade(&self, me: u64) -> usize {
        let mut waits = Waits::new(Patience::Forever);
        let slot = loop {
            if let Some(slot) = self.enter(me) {
                break slot;
            }
            // Others look in only. Nobody waits longer than for ever.
            let _ = self.wait_for_slot(me, Patience::Forever, &mut waits);
        };
        self.write_unlock(me);
        slot
    }

    /// Whether this process has the lock, for reading or writing.
    pub(crate) fn is_held_by(&self, me: u64) -> bool {
        let is_in = |slot: &AtomicU64| slot.load(Ordering::Relaxed) & OWNER == me;
        self.writers.owner() == me || self.readers.iter().any(is_in)
    }

    /// Whether a writer looks into a slot. `SeqCst` pairs with `has_readers`.
    #[inline]
    fn was_used(&self, slot: usize) -> bool {
        self.used.load(Ordering::SeqCst) & 1 << slot != 0
    }

    /// Puts a guard of this process into a slot; `None` if all have those of others.
    fn enter(&self, me: u64) -> Option<usize> {
        let first = Self::first(me);
        (first..SLOTS).chain(0..first).find(|&index| {
            let slot = &self.readers[index];
            let mut seen = slot.load(Ordering::Relaxed);
            // Others come between only by entering or leaving themselves.
            while seen == 0 || seen & OWNER == me && seen & GUARDS != GUARDS {
                if !self.was_used(index) {
                    // SeqCst: as in `was_used`.
                    self.used.fetch_or(1 << index, Ordering::SeqCst);
                }
                let entered = (seen | me) + GUARD;
                // SeqCst: as in `read_fast`.
                match slot.compare_exchange(seen, entered, Ordering::SeqCst, Ordering::Relaxed) {
                    Ok(_) => return true,
                    Err(now) => seen = now,
                }
            }
            false
        })
    }

    /// Takes one guard of this process out of a slot, and wakes who waits for an empty one.
    #[cold]
    fn leave(&self, me: u64, slot: usize) {
        let slot = &self.readers[slot];
        let mut seen = slot.load(Ordering::Relaxed);
        while seen & OWNER == me {
            let is_last = seen & GUARDS == GUARD;
            let left = if is_last { 0 } else { seen - GUARD };
            // Release: as in `read_unlock_fast`.
            match slot.compare_exchange(seen, left, Ordering::Release, Ordering::Relaxed) {
                Ok(_) if is_last && seen & WAITED != 0 => return wake_all(slot, SLEPT_ON),
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Takes the writers' lock.
    fn lock_writers(&self, me: u64, patience: Patience) -> Result<Acquired, Held> {
        self.writers.lock_after(me, patience, || self.begun.load(Ordering::Relaxed) != 0)
    }

    /// From here on the death of the writer poisons.
    #[inline]
    fn begin(&self) {
        self.begun.store(1, Ordering::Relaxed);
        in_order_of_death();
    }

    /// From here on it does not. Also for who has taken the lock from a dead writer.
    #[inline]
    fn end(&self) {
        in_order_of_death();
        self.begun.store(0, Ordering::Relaxed);
    }

    /// Whether there are readers, dead or alive. For who has the writers' lock.
    #[inline]
    fn has_readers(&self) -> bool {
        // SeqCst pairs with that of `read_fast`; Acquire, which it includes, with the Release of `read_unlock_fast`.
        let guards = |slot: &AtomicU64| slot.load(Ordering::SeqCst);
        // SeqCst pairs with `was_used` and `enter`.
        let mut used = self.used.load(Ordering::SeqCst);
        for _ in 0..FEW {
            if used == 0 {
                return false;
            }
            if self.readers.get(used.trailing_zeros() as usize).is_some_and(|slot| guards(slot) != 0) {
                return true;
            }
            used &= used - 1;
        }
        used != 0 && self.readers.iter().fold(0, |all, slot| all | guards(slot)) != 0
    }

    /// Waits until there are no readers. For who has the writers' lock.
    fn drain(&self, patience: Patience) -> Result<(), Held> {
        let mut waits = Waits::new(patience);
        for slot in &self.readers {
            // The process that was found to live since the last rest.
            let mut living = 0;
            loop {
                // As in `has_readers`.
                let seen = slot.load(Ordering::SeqCst);
                if seen == 0 {
                    break;
                }
                if waits.spin() {
                    continue;
                }
                if seen & OWNER != living {
                    if Self::bury_reader(slot, seen, &waits) {
                        continue;
                    }
                    living = seen & OWNER;
                }
                match Self::wait_for_change(slot, seen, patience, &mut waits)? {
                    Waited::Woken => {}
                    Waited::Rested | Waited::TooLong => living = 0,
                }
            }
        }
        Ok(())
    }

    /// Waits until a slot may be empty.
    fn wait_for_slot(&self, me: u64, patience: Patience, waits: &mut Waits) -> Result<(), Held> {
        for slot in &self.readers {
            let seen = slot.load(Ordering::Relaxed);
            if seen == 0 || Self::bury_reader(slot, seen, waits) {
                return Ok(());
            }
        }
        let slot = &self.readers[Self::first(me)];
        match slot.load(Ordering::Relaxed) {
            0 => Ok(()),
            seen => Self::wait_for_change(slot, seen, patience, waits).map(drop),
        }
    }

    /// Sleeps on a slot that was seen with guards. `Ok` if it may have changed.
    fn wait_for_change(
        slot: &AtomicU64,
        seen: u64,
        patience: Patience,
        waits: &mut Waits,
    ) -> Result<Waited, Held> {
        if matches!(patience, Patience::None) {
            return Err(Held);
        }
        let waited = seen | WAITED;
        // Relaxed: the flag publishes nothing.
        if seen != waited
            && slot.compare_exchange(seen, waited, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return Ok(Waited::Woken);
        }
        match waits.wait(slot, SLEPT_ON, waited) {
            Waited::TooLong => Err(Held),
            waited => Ok(waited),
        }
    }

    /// Empties a slot that was seen with guards if their process is dead; returns whether it is.
    fn bury_reader(slot: &AtomicU64, seen: u64, waits: &Waits) -> bool {
        if waits.owner_lives(slot, seen & OWNER) {
            return false;
        }
        // Release: as in `read_unlock_fast`, on behalf of the dead.
        let buried = slot.compare_exchange(seen, 0, Ordering::Release, Ordering::Relaxed);
        if buried.is_ok() && seen & WAITED != 0 {
            wake_all(slot, SLEPT_ON);
        }
        true
    }

    /// Takes the writers' lock from a dead process, and gives it back. `false` if somebody has it who lives, as far as can be
    /// told; that may be one who was first.
    #[cold]
    pub(crate) fn bury_writer(&self, me: u64) -> bool {
        let is_free = self.lock_writers(me, Patience::None).is_ok();
        if is_free {
            self.write_unlock(me);
        }
        is_free
    }
}
