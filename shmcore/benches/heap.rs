//! What a heap in shared memory is measured against: blocks of mixed sizes, a vector and a map that grow, and what is left of a
//! segment in which a process was killed. The others are Boost.Interprocess, whose segments are in shared memory too, and the heap
//! of a process: glibc's allocator, `Vec` and `hashbrown` with the hash function of `ShmMap`.
//!
//! `cargo bench --bench heap` prints medians of rounds that were taken in turns, and ratios to the first side. A step frees one
//! block and allocates another. It fails where a ratio is below the limit, which leaves room for what else the machine does.
//!
//! | row | is to be, in times of the other side |
//! |---|---|
//! | step, one process or two | 10 times as fast as Boost. glibc shows what the machine can do |
//! | push to a view | 0.9 times as fast as `Vec`. Without a view, what stands in shared memory is compared with the region at each push |
//! | insert | 0.9 times as fast as `hashbrown` |
//! | insert and look up, ordered | 2 times as fast as Boost, as fast as `BTreeMap` |
//! | look up in a view | 0.9 times as fast as `hashbrown`. Without a view, each look-up finds the table in its region: half as many instructions again |
//!
//! A look-up among so many entries waits for memory: for the line of its marks and for that of its entry. Boost's map, which follows a list
//! from its bucket, waits for more of them, and takes 4 to 5 times as long; by `hashbrown` it takes as much.
#![allow(unsafe_code, reason = "the other sides of the comparisons call libc")]

#[path = "rivals/boost.rs"]
mod boost;
#[path = "rivals/glibc.rs"]
mod glibc;
#[path = "ours/mod.rs"]
mod ours;
#[path = "sides/mod.rs"]
mod sides;
#[path = "workloads/mod.rs"]
mod workloads;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use boost::Boost;
use foldhash::fast::FixedState;
use glibc::Glibc;
use hashbrown::HashMap;
use ours::{Blocks, Locked, Slots, Viewed};
use shmcore::ShmMutex;
use shmcore::heap;
use sides::{Side, compare, median_of};
use workloads::sequence::{LIVE, SEED, digest, digest_of_keys, digest_of_steps, keys, steps};
use workloads::{churn, churn_of_two, insert_and_look_up, push};

/// Steps of a process in one sample.
const STEPS: u32 = 100_000;
/// Pushes, or entries of a map.
const ELEMENTS: u32 = 1_000_000;
/// Entries of an ordered map: fewer, because Boost takes as long for them as for all of the others.
const ORDERED: u32 = 200_000;
/// Bytes that the blocks of shmcore's heaps can have, as in Boost's segments.
const BYTES: usize = 64 << 20;
const BYTES_OF_MAP: usize = 256 << 20;
/// Rounds of each side, and samples in a round.
const ROUNDS: usize = 9;
const SAMPLES: u32 = 5;
/// The same of maps, which take long.
const ROUNDS_OF_MAPS: usize = 5;
const SAMPLES_OF_MAPS: u32 = 1;
/// How often what is below its limit is measured, at most. What is slower stays so; what the machine has disturbed does not.
const ATTEMPTS: usize = 3;
/// Processes that are killed, each in a segment of its own.
const KILLS: u32 = 60;

/// The least ratios to shmcore that will do: about half of what they are on a machine with little else to do.
mod limits {
    /// Of what is done by a call of the container each, and not through a view of it.
    pub(crate) const CALLED: f64 = 0.4;
    /// Of a step.
    pub(crate) const GLIBC: [f64; 1] = [0.5];
    pub(crate) const BOOST: [f64; 1] = [4.0];
    /// Of a step of two processes. When they run by turns, the one that has the lock may sleep.
    pub(crate) const GLIBC_OF_TWO: [f64; 1] = [0.15];
    pub(crate) const BOOST_OF_TWO: [f64; 1] = [3.5];
    /// Of a push.
    pub(crate) const VEC: [f64; 1] = [0.5];
    pub(crate) const BOOST_PUSH: [f64; 1] = [0.6];
    /// Of an insertion, and of a look-up.
    pub(crate) const HASHBROWN: [f64; 2] = [0.5, 0.4];
    pub(crate) const BOOST_MAP: [f64; 2] = [4.0, 1.5];
    /// The same of ordered maps.
    pub(crate) const BTREE_MAP: [f64; 2] = [0.4, 0.4];
    pub(crate) const BOOST_ORDERED: [f64; 2] = [1.5, 1.0];
}

fn main() -> ExitCode {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals/boost.cpp");
    let boost = Boost::new(&source, Path::new(env!("CARGO_TARGET_TMPDIR")));
    let boost = boost.as_ref();
    let rows: [fn(Option<&Boost>) -> bool; 5] = [blocks, blocks_of_two, vector, map, ordered_map];
    // All are measured, also behind one that is slow.
    let slow = rows.iter().filter(|row| !(0..ATTEMPTS).any(|_| row(boost))).count();
    if let Some(boost) = boost {
        kills(boost);
    }
    if slow == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn blocks(boost: Option<&Boost>) -> bool {
    println!("{LIVE} live blocks of 16 to 4095 bytes, one process");
    let steps = steps(SEED, STEPS);
    let heap = ours::create::<Slots>(BYTES);
    let ours =
        || median_of(SAMPLES as usize, STEPS, || [churn(&mut Blocks::new(&heap, heap.root()), &steps)]);
    let glibc = || median_of(SAMPLES as usize, STEPS, || [churn(&mut Glibc::new(), &steps)]);
    let mut sides = vec![Side::first("shmcore", ours), Side::other("glibc", limits::GLIBC, glibc)];
    let digest = digest_of_steps(&steps);
    sides.extend(boost.map(|boost| {
        Side::other("Boost", limits::BOOST, move || {
            boost.run_sequence("churn", &[STEPS, SAMPLES], digest, ["step"])
        })
    }));
    compare(["step"], ROUNDS, &mut sides)
}

fn blocks_of_two(boost: Option<&Boost>) -> bool {
    println!("the same, two processes at once; those of glibc have a heap each: what the machine can do");
    let steps = [steps(SEED, STEPS), steps(SEED + 1, STEPS)];
    let both = [&steps[0][..], &steps[1]];
    let heap = ours::create::<[Slots; 2]>(BYTES);
    let blocks = |process: usize| Blocks::new(&heap, &heap.root()[process]);
    let ours = || median_of(SAMPLES as usize, STEPS, || [churn_of_two(blocks, both)]);
    let glibc = || median_of(SAMPLES as usize, STEPS, || [churn_of_two(|_| Glibc::new(), both)]);
    let mut sides = vec![Side::first("shmcore", ours), Side::other("glibc", limits::GLIBC_OF_TWO, glibc)];
    let digest = digest(digest_of_steps(&steps[0]), digest_of_steps(&steps[1]));
    sides.extend(boost.map(|boost| {
        Side::other("Boost", limits::BOOST_OF_TWO, move || {
            boost.run_sequence("churn_of_two", &[STEPS, SAMPLES], digest, ["step"])
        })
    }));
    compare(["step"], ROUNDS, &mut sides)
}

fn vector(boost: Option<&Boost>) -> bool {
    println!("{ELEMENTS} elements of 8 bytes, pushed to an empty vector");
    let heap = ours::create::<ShmMutex<heap::Vec<u64>>>(BYTES);
    let ours = || median_of(SAMPLES as usize, ELEMENTS, || [push(&mut Viewed::new(&heap), ELEMENTS)]);
    let called = || median_of(SAMPLES as usize, ELEMENTS, || [push(&mut Locked::new(&heap), ELEMENTS)]);
    let mut vector = Vec::new();
    let std = || median_of(SAMPLES as usize, ELEMENTS, || [push(&mut vector, ELEMENTS)]);
    let mut sides = vec![
        Side::first("shmcore", ours),
        Side::other("no view", [limits::CALLED], called),
        Side::other("Vec", limits::VEC, std),
    ];
    sides.extend(boost.map(|boost| {
        Side::other("Boost", limits::BOOST_PUSH, || boost.run("push", &[ELEMENTS, SAMPLES], ["push"]))
    }));
    compare(["push"], ROUNDS, &mut sides)
}

fn map(boost: Option<&Boost>) -> bool {
    println!("{ELEMENTS} entries of u64 and u64, inserted into an empty map; all found in another order");
    let keys = keys(ELEMENTS);
    let heap = ours::create::<ShmMutex<heap::HashMap<u64, u64>>>(BYTES_OF_MAP);
    let ours = || {
        median_of(SAMPLES_OF_MAPS as usize, ELEMENTS, || insert_and_look_up(&mut Viewed::new(&heap), &keys))
    };
    let called = || {
        median_of(SAMPLES_OF_MAPS as usize, ELEMENTS, || insert_and_look_up(&mut Locked::new(&heap), &keys))
    };
    let mut map = HashMap::with_hasher(FixedState::with_seed(3));
    let hashbrown = || median_of(SAMPLES_OF_MAPS as usize, ELEMENTS, || insert_and_look_up(&mut map, &keys));
    let mut sides = vec![
        Side::first("shmcore", ours),
        Side::other("no view", [limits::CALLED; 2], called),
        Side::other("hashbrown", limits::HASHBROWN, hashbrown),
    ];
    let digest = digest_of_keys(&keys[1]);
    sides.extend(boost.map(|boost| {
        let numbers = [ELEMENTS, SAMPLES_OF_MAPS];
        Side::other("Boost", limits::BOOST_MAP, move || {
            boost.run_sequence("map", &numbers, digest, ["insert", "look_up"])
        })
    }));
    compare(["insert", "look up"], ROUNDS_OF_MAPS, &mut sides)
}

fn ordered_map(boost: Option<&Boost>) -> bool {
    println!(
        "{ORDERED} entries of u64 and u64, inserted into an empty ordered map; all found in another order"
    );
    let keys = keys(ORDERED);
    let heap = ours::create::<ShmMutex<heap::BTreeMap<u64, u64>>>(BYTES_OF_MAP);
    let ours = || {
        median_of(SAMPLES_OF_MAPS as usize, ORDERED, || insert_and_look_up(&mut Locked::new(&heap), &keys))
    };
    let mut map = BTreeMap::new();
    let std = || median_of(SAMPLES_OF_MAPS as usize, ORDERED, || insert_and_look_up(&mut map, &keys));
    let mut sides = vec![Side::first("shmcore", ours), Side::other("BTreeMap", limits::BTREE_MAP, std)];
    let digest = digest_of_keys(&keys[1]);
    sides.extend(boost.map(|boost| {
        let numbers = [ORDERED, SAMPLES_OF_MAPS];
        Side::other("Boost", limits::BOOST_ORDERED, move || {
            boost.run_sequence("ordered_map", &numbers, digest, ["insert", "look_up"])
        })
    }));
    compare(["insert", "look up"], ROUNDS_OF_MAPS, &mut sides)
}

fn kills(boost: &Boost) {
    println!("a process that only allocates and frees, killed by SIGKILL after 0.2 to 3 ms, {KILLS} times");
    let [blocked, damaged] = boost.run("kills", &[KILLS], ["blocked", "damaged"]);
    println!(
        "{:>10}, {:<9} {blocked} of {KILLS} segments block everybody for good, {damaged} are damaged",
        "kill", "Boost"
    );
}
