//! What a heap is asked for, over traits that an allocator, a vector or a map needs a few lines to have. Every function returns the
//! time of one sample.

pub(crate) mod sequence;

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sequence::{LIVE, Step};
use shmcore::create_shared;
use shmcore::process::fork_child;

/// When something has gone wrong.
const DEADLINE: Duration = Duration::from_mins(1);

/// An allocator, and the places of its blocks, of which each has one or none. Where two processes use one allocator, each has a value
/// of this type, which it makes itself.
pub(crate) trait Allocate {
    /// Allocates a block for a place that has none, and writes `size` to its first 8 bytes; it has as many at least.
    fn allocate(&mut self, place: usize, size: usize);

    /// Frees the block of a place.
    fn free(&mut self, place: usize);
}

/// A vector that grows as it is pushed to.
pub(crate) trait Vector {
    /// Makes it empty, without room for anything.
    fn reset(&mut self);

    /// Pushes so many numbers. The compiler must take it that somebody uses the vector between two pushes, so that is in a [`black_box`];
    /// what else is needed is an argument of a function that is not compiled into another.
    fn push_all(&mut self, count: u32);
}

/// A map that grows as it is inserted into. What is used of it is in a [`black_box`].
pub(crate) trait Map {
    /// Makes it empty, without room for anything.
    fn reset(&mut self);
    fn insert(&mut self, key: u64, value: u64);
    fn get(&self, key: u64) -> Option<u64>;

    /// Looks up keys that were inserted.
    fn look_up_all(&self, keys: &[u64]) {
        for &key in keys {
            black_box(self.get(black_box(key)).expect("inserted"));
        }
    }
}

impl Vector for Vec<u64> {
    fn reset(&mut self) {
        *self = Self::new();
    }

    #[inline(never)]
    fn push_all(&mut self, count: u32) {
        (0..u64::from(count)).for_each(|value| black_box(&mut *self).push(black_box(value)));
    }
}

impl<S: core::hash::BuildHasher + Clone> Map for hashbrown::HashMap<u64, u64, S> {
    fn reset(&mut self) {
        *self = Self::with_hasher(self.hasher().clone());
    }

    #[inline]
    fn insert(&mut self, key: u64, value: u64) {
        black_box(self).insert(key, value);
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        black_box(self).get(&key).copied()
    }
}

impl Map for std::collections::BTreeMap<u64, u64> {
    fn reset(&mut self) {
        *self = Self::new();
    }

    #[inline]
    fn insert(&mut self, key: u64, value: u64) {
        black_box(self).insert(key, value);
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        black_box(self).get(&key).copied()
    }
}

/// Allocates a block for each place.
fn fill(allocator: &mut impl Allocate, steps: &[Step]) {
    (0..LIVE.into()).zip(steps).for_each(|(place, step)| allocator.allocate(place, step.size.into()));
}

/// Frees one block and allocates another for its place, in each step.
fn step_all(allocator: &mut impl Allocate, steps: &[Step]) {
    for step in steps {
        allocator.free(step.place.into());
        allocator.allocate(step.place.into(), step.size.into());
    }
}

fn free_all(allocator: &mut impl Allocate) {
    (0..LIVE.into()).for_each(|place| allocator.free(place));
}

/// The steps of one process.
pub(crate) fn churn(allocator: &mut impl Allocate, steps: &[Step]) -> Duration {
    fill(allocator, steps);
    let start = Instant::now();
    step_all(allocator, steps);
    let elapsed = start.elapsed();
    free_all(allocator);
    elapsed
}

/// The steps of two processes that start together, until both are through. Each makes its allocator, by its number.
pub(crate) fn churn_of_two<A: Allocate>(allocator: impl Fn(usize) -> A, steps: [&[Step]; 2]) -> Duration {
    let arrived = create_shared::<AtomicU32>().expect("created");
    // Release and Acquire pair with those of the other process, for nothing but order: what is measured lies between them.
    let arrive_and_await = |count| {
        arrived.fetch_add(1, Ordering::Release);
        let deadline = Instant::now() + DEADLINE;
        while arrived.load(Ordering::Acquire) < count {
            assert!(Instant::now() < deadline, "the other process did not do its part");
            spin_loop();
        }
    };
    let run = |process: usize| {
        let mut allocator = allocator(process);
        fill(&mut allocator, steps[process]);
        arrive_and_await(2);
        let start = Instant::now();
        step_all(&mut allocator, steps[process]);
        arrive_and_await(4);
        let elapsed = start.elapsed();
        free_all(&mut allocator);
        elapsed
    };
    let child = fork_child(|| _ = run(1)).expect("forked");
    let elapsed = run(0);
    assert!(child.wait().expect("waited for").success());
    elapsed
}

/// Pushes to a vector that starts without room for anything.
pub(crate) fn push(vector: &mut impl Vector, count: u32) -> Duration {
    vector.reset();
    let start = Instant::now();
    vector.push_all(count);
    start.elapsed()
}

/// Inserts into a map that starts without room for anything, and looks all keys up in another order.
pub(crate) fn insert_and_look_up(map: &mut impl Map, [keys, shuffled]: &[Vec<u64>; 2]) -> [Duration; 2] {
    map.reset();
    let start = Instant::now();
    for &key in keys {
        map.insert(black_box(key), key);
    }
    let inserted = Instant::now();
    map.look_up_all(shuffled);
    [inserted - start, inserted.elapsed()]
}
