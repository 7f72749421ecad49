//! The containers of fixed capacity against those of a process: `ShmVec` against `Vec`, `ShmMap` against `hashbrown` with room
//! reserved and the same hash function, and against heapless's map.
//!
//! `cargo bench --bench fixed` prints one line a row: how much faster ours is, from samples that were taken in turns. It fails where
//! ours is slower than the limit, which leaves room for what else the machine does.

#[path = "bounded/mod.rs"]
mod bounded;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bounded::{BuildFold, Map, get, insert, keys, time};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use heapless::IndexMap;
use shmcore::{Shared, ShmMap, ShmMutex, ShmVec, create_shared};

/// Samples of each side, at least; and for how long they are taken, at least.
const SAMPLES: usize = 21;
const PERIOD: Duration = Duration::from_millis(800);

fn main() -> ExitCode {
    println!("how much faster: time of the other / time of shmcore");
    let mut is_fast = vec();
    is_fast &= hashbrown::<1_000>();
    is_fast &= hashbrown::<30_000>();
    is_fast &= hashbrown::<1_000_000>();
    // heapless's map has 2^15 places at most.
    is_fast &= heapless::<1_000, 1_024>();
    is_fast &= heapless::<30_000, 32_768>();
    if is_fast { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints how much faster ours is, and returns whether that is at least `limit`. Both return the time that a sample took.
fn compare(
    row: &str,
    limit: f64,
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) -> bool {
    ours();
    theirs();
    let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
    let start = Instant::now();
    while of_ours.len() < SAMPLES || start.elapsed() < PERIOD {
        of_ours.push(ours());
        of_theirs.push(theirs());
    }
    let (ours, theirs) = (undisturbed(of_ours), undisturbed(of_theirs));
    let ratio = theirs / ours;
    println!("{row:>46}: {ratio:.2}  ({:.2} ms / {:.2} ms; limit {limit})", theirs * 1e3, ours * 1e3);
    ratio >= limit
}

/// What a tenth of the samples stays below, in seconds: what else the machine does makes the others longer.
fn undisturbed(mut samples: Vec<Duration>) -> f64 {
    samples.sort_unstable();
    samples[samples.len() / 10].as_secs_f64()
}

fn vec() -> bool {
    const LEN: u64 = 1_000_000;
    let shared: Shared<ShmMutex<ShmVec<u64, 1_000_000>>> = create_shared().expect("created");
    let mut ours = shared.lock().expect("nobody dies");
    let mut theirs: Vec<u64> = Vec::with_capacity(1_000_000);
    let push_ours = || {
        ours.clear();
        time(|| (0..LEN).for_each(|value| black_box(&mut *ours).push(black_box(value)).expect("it fits")))
    };
    let push_theirs = || {
        theirs.clear();
        time(|| (0..LEN).for_each(|value| black_box(&mut theirs).push(black_box(value))))
    };
    let is_fast = compare("Vec, 10^6 pushes", 0.8, push_ours, push_theirs);
    let sum_ours = || time(|| _ = black_box(black_box(&*ours).iter().sum::<u64>()));
    let sum_theirs = || time(|| _ = black_box(black_box(&theirs).iter().sum::<u64>()));
    compare("Vec, sum of 10^6", 0.8, sum_ours, sum_theirs) & is_fast
}

fn hashbrown<const N: usize>() -> bool {
    let theirs = HashMap::with_capacity_and_hasher(N, FixedState::with_seed(3));
    map::<N>("hashbrown", &HASHBROWN, theirs)
}

fn heapless<const N: usize, const POWER_OF_TWO: usize>() -> bool {
    map::<N>("heapless", &HEAPLESS, IndexMap::<u64, u64, BuildFold, POWER_OF_TWO>::default())
}

/// Limits of the rows of a map.
struct Limits {
    insert: f64,
    look_up: f64,
    absent: f64,
}

const HASHBROWN: Limits = Limits { insert: 0.9, look_up: 0.7, absent: 0.7 };
const HEAPLESS: Limits = Limits { insert: 1.5, look_up: 1.8, absent: 2.5 };

fn map<const N: usize>(name: &str, limits: &Limits, mut theirs: impl Map) -> bool {
    let [keys, shuffled, absent] = keys(N);
    let shared: Shared<ShmMutex<ShmMap<u64, u64, N>>> = create_shared().expect("created");
    let mut ours = shared.lock().expect("nobody dies");
    let ours = &mut *ours;
    let row = |what| format!("{name}, {N} entries, {what}");
    let &Limits { insert: of_insert, look_up, absent: of_absent } = limits;
    compare(&row("insert"), of_insert, || insert(ours, &keys), || insert(&mut theirs, &keys))
        & compare(&row("look up"), look_up, || get(ours, &shuffled), || get(&theirs, &shuffled))
        & compare(&row("look up what is absent"), of_absent, || get(ours, &absent), || get(&theirs, &absent))
}
