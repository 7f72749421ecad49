//! The world of the models: loom's atomics, threads for processes, and deaths where a model puts them.
//!
//! It has what the library's own has, so that the state machines find it in its place. Nobody looks again by
//! himself after a while, except for what dies: so a wake-up that is lost without a death is a deadlock, which
//! loom reports.
//!
//! **A death** is a thread that calls [`die`] and returns: the kernel takes its token away, and those who sleep
//! look again, as they would after some milliseconds.

pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

use std::cell::Cell;

use loom::sync::{Condvar, Mutex, MutexGuard};

/// To look again in vain is one more order of steps, and nothing else.
pub(crate) const LOOKS: u32 = 1;

loom::lazy_static! {
    static ref KERNEL: Mutex<Kernel> = Mutex::new(Kernel { dead: Vec::new(), sleepers: Vec::new(), slept: 0 });
    static ref CHANGED: Condvar = Condvar::new();
}

loom::thread_local! {
    static IS_DUMB: Cell<bool> = Cell::new(false);
}

/// What the kernel knows.
struct Kernel {
    dead: Vec<u64>,
    /// Address of the word and number of the sleep, the longest asleep first.
    sleepers: Vec<(usize, usize)>,
    /// How often anybody lay down.
    slept: usize,
}

/// The process with this token dies: whoever asks after this is told so.
pub(crate) fn die(token: u64) {
    kernel().dead.push(token);
    CHANGED.notify_all();
}

/// From here on this thread wakes nobody: it dies before it would. It must [`die`] after what it is about to do.
pub(crate) fn die_before_waking() {
    IS_DUMB.with(|is| is.set(true));
}

fn kernel() -> MutexGuard<'static, Kernel> {
    KERNEL.lock().expect("no model panics with the lock")
}

#[derive(Clone, Copy)]
pub(crate) enum Half {
    Low,
    High,
}

impl Half {
    fn bits(self, word: u64) -> u64 {
        match self {
            Self::Low => word & u64::from(u32::MAX),
            Self::High => word >> 32,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Patience {
    None,
    Forever,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    Woken,
    Rested,
    TooLong,
}

pub(crate) struct Waits {
    patience: Patience,
    /// How many deaths this one had a rest for.
    deaths: usize,
}

impl Waits {
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, deaths: 0 }
    }

    #[expect(clippy::unused_self, reason = "has what the library's has")]
    pub(crate) fn spin(&mut self) -> bool {
        false
    }

    /// A sleep as the kernel has it: looking at the word and lying down are one step. It ends by a wake-up, or, once for
    /// each death, as a rest; also if that came before the sleep, and nobody asked since.
    pub(crate) fn wait(&mut self, word: &AtomicU64, half: Half, expected: u64) -> Waited {
        if matches!(self.patience, Patience::None) {
            return Waited::TooLong;
        }
        let mut kernel = kernel();
        if half.bits(word.load(Ordering::Relaxed)) != half.bits(expected) {
            return Waited::Woken;
        }
        let sleep = (address(word), kernel.slept);
        kernel.slept += 1;
        kernel.sleepers.push(sleep);
        while kernel.sleepers.contains(&sleep) {
            if kernel.dead.len() > self.deaths {
                self.deaths = kernel.dead.len();
                kernel.sleepers.retain(|&other| other != sleep);
                return Waited::Rested;
            }
            kernel = CHANGED.wait(kernel).expect("no model panics with the lock");
        }
        Waited::Woken
    }

    #[expect(clippy::unused_self, reason = "has what the library's has")]
    pub(crate) fn owner_lives(&self, _: &AtomicU64, token: u64) -> bool {
        !kernel().dead.contains(&token)
    }
}

fn address(word: &AtomicU64) -> usize {
    std::ptr::from_ref(word).addr()
}

pub(crate) fn wake_one(word: &AtomicU64, _: Half) -> bool {
    if IS_DUMB.with(Cell::get) {
        return false;
    }
    let mut kernel = kernel();
    let first = kernel.sleepers.iter().position(|&(slept_on, _)| slept_on == address(word));
    if let Some(first) = first {
        kernel.sleepers.remove(first);
        CHANGED.notify_all();
    }
    first.is_some()
}

pub(crate) fn wake_all(word: &AtomicU64, half: Half) {
    while wake_one(word, half) {}
}

/// The state machines say by `SeqCst` on both sides that a load comes after a store of another word. Loom knows that of
/// fences only.
pub(crate) fn between_store_and_load() {
    loom::sync::atomic::fence(Ordering::SeqCst);
}

/// A thread does what it says in that order, and dies by returning.
pub(crate) fn in_order_of_death() {}

pub(crate) fn spin() {
    loom::thread::yield_now();
}
