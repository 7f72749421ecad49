//! The state machine of a barrier. It is apart from `ShmBarrier` so that models can run it.
//!
//! ```text
//! word   bit 63 … 32    31 … 0
//!      | generation | arrived |
//!        '-- slept on
//! ```
//!
//! | arrived | means |
//! |---|---|
//! | 0 | nobody waits; all zero bytes: it has never opened |
//! | below the number that opens it | so many wait for another generation |
//!
//! The last one to arrive makes the next generation, with nobody, in one step, and then wakes. More than the number are
//! never there.
//!
//! **Wrap.** The generation comes back to where it was after 2^32 openings. A waiter would have to miss all but exactly
//! these, and looks again every few milliseconds.
//!
//! **Death.** An arrival is a number, and stays when its process dies. If the last one dies between opening and waking,
//! the sleepers look again by themselves.

use super::world::{AtomicU64, Half, Ordering, Patience, Waited, Waits, wake_all};

/// The number of those who have arrived.
const ARRIVED: u64 = u32::MAX as u64;
/// One generation.
const GENERATION: u64 = 1 << 32;

/// The half of the word that holds the generation.
const SLEPT_ON: Half = Half::High;

/// Generation and arrivals.
#[repr(C)]
pub(crate) struct RawBarrier {
    word: AtomicU64,
}

/// Who has come through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Passed {
    /// The last to arrive.
    Leader,
    /// Another one.
    Follower,
}

/// The barrier has not opened, the patience is over, and the arrival is taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotOpened;

impl RawBarrier {
    /// From its word; zero is a barrier at which nobody is.
    pub(crate) const fn from_word(word: AtomicU64) -> Self {
        Self { word }
    }

    /// Arrives, and waits until as many have arrived as open it.
    pub(crate) fn wait(&self, opens_at: u32, patience: Patience) -> Result<Passed, NotOpened> {
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            let is_last = (seen & ARRIVED) + 1 >= u64::from(opens_at);
            let new = if is_last { (seen & !ARRIVED).wrapping_add(GENERATION) } else { seen.wrapping_add(1) };
            // Release pairs with the Acquire of the last to arrive, here, and its Release with the Acquire in `sleep`: so
            // all see what each has done before.
            match self.word.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if is_last => {
                    if opens_at > 1 {
                        wake_all(&self.word, SLEPT_ON);
                    }
                    return Ok(Passed::Leader);
                }
                Ok(_) => return self.sleep(new & !ARRIVED, patience),
                Err(now) => seen = now,
            }
        }
    }

    /// Waits for the end of the generation in which this thread has arrived.
    fn sleep(&self, generation: u64, patience: Patience) -> Result<Passed, NotOpened> {
        let mut waits = Waits::new(patience);
        loop {
            // Acquire: see `wait`.
            let seen = self.word.load(Ordering::Acquire);
            if seen & !ARRIVED != generation {
                return Ok(Passed::Follower);
            }
            if !waits.spin() && waits.wait(&self.word, SLEPT_ON, generation) == Waited::TooLong {
                return self.withdraw(generation);
            }
        }
    }

    /// Takes an arrival back, unless the barrier has opened.
    #[cold]
    fn withdraw(&self, generation: u64) -> Result<Passed, NotOpened> {
        let mut seen = self.word.load(Ordering::Acquire);
        while seen & !ARRIVED == generation {
            // Relaxed: nobody relies on an arrival that is taken back. Acquire if it has opened: see `wait`.
            match self.word.compare_exchange(seen, seen - 1, Ordering::Relaxed, Ordering::Acquire) {
                Ok(_) => return Err(NotOpened),
                Err(now) => seen = now,
            }
        }
        Ok(Passed::Follower)
    }
}
