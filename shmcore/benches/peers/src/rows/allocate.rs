//! Blocks of mixed sizes: one freed and another allocated, by one process and by two at once.

use crate::boost::Boost;
use crate::glibc::Glibc;
use crate::ours::{self, Blocks, Slots};
use crate::peers::iceoryx2::{Here, Loans};
use crate::peers::talc::Talc;
use crate::peers::{BOOST, GLIBC, ICEORYX2, Peer, SHMCORE, TALC};
use crate::sides::median_of;
use crate::table::{Cell, Row, Side, Table, compare};
use crate::workloads::sequence::{SEED, Step, digest, digest_of_steps, steps};
use crate::workloads::{churn, churn_of_two};
use crate::{Context, WITHOUT_BOOST, WITHOUT_ICEORYX2};

/// Steps of a process in a sample.
const STEPS: u32 = 100_000;
/// Samples in a round, of which the median counts.
const SAMPLES: u32 = 3;
const ROUNDS: usize = 15;
/// Bytes that the blocks can have.
const BYTES: usize = 64 << 20;

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = by_one(context);
    rows.extend(by_two(context));
    Table {
        found: None,
        name: "allocate",
        title: "Free a block and allocate another",
        fairness: "1000 live blocks of 16 to 4095 bytes, small ones more often; the same sequence for all, compared by a digest; the \
            first 8 bytes of a block are written. shmcore's block belongs to a vector in the heap, which is written as well; the others \
            write an address of their own process. iceoryx2 lends samples, each with room for the greatest. By two: both processes in one heap until both are through, but a heap each for \
            glibc and talc, which shows what the machine can do. shmcore loses no byte when a process is killed in the middle.",
        rows,
    }
}

fn by_one(context: &Context) -> Vec<Row> {
    let count = context.pace.operations(STEPS);
    let steps = steps(SEED, count);
    let heap = ours::create::<Slots>(BYTES);
    let mut talc = Talc::new();
    let sides = vec![
        Side::new(SHMCORE, || {
            median_of(SAMPLES as usize, count, || [churn(&mut Blocks::new(&heap, heap.root()), &steps)])
        }),
        boost(context, "churn", count, digest_of_steps(&steps)),
        match Here::new() {
            None => Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            Some(here) => {
                let mut loans = Loans::new(&here);
                let steps = &steps;
                Side::new(ICEORYX2, move || {
                    _ = &here;
                    median_of(SAMPLES as usize, count, || [churn(&mut loans, steps)])
                })
            }
        },
        Side::new(GLIBC, || median_of(SAMPLES as usize, count, || [churn(&mut Glibc::new(), &steps)])),
        Side::new(TALC, || median_of(SAMPLES as usize, count, || [churn(&mut talc, &steps)])),
    ];
    compare(["by one process".to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn by_two(context: &Context) -> Vec<Row> {
    let count = context.pace.operations(STEPS);
    let steps = [steps(SEED, count), steps(SEED + 1, count)];
    let both: [&[Step]; 2] = [&steps[0], &steps[1]];
    let heap = ours::create::<[Slots; 2]>(BYTES);
    let blocks = |process: usize| Blocks::new(&heap, &heap.root()[process]);
    let sum = digest(digest_of_steps(both[0]), digest_of_steps(both[1]));
    let sides = vec![
        Side::new(SHMCORE, || median_of(SAMPLES as usize, count, || [churn_of_two(blocks, both)])),
        boost(context, "churn_of_two", count, sum),
        Side::without(ICEORYX2, Cell::Cannot("each publisher has memory of its own, and must not be forked")),
        Side::new(GLIBC, || median_of(SAMPLES as usize, count, || [churn_of_two(|_| Glibc::new(), both)])),
        Side::new(TALC, || median_of(SAMPLES as usize, count, || [churn_of_two(|_| Talc::new(), both)])),
    ];
    compare(["by two processes".to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn boost<'a>(context: &'a Context, workload: &'static str, count: u32, digest: u64) -> Side<'a, 1> {
    with_boost(context, BOOST, move |boost| boost.run_sequence(workload, &[count, SAMPLES], digest, ["step"]))
}

/// A side that Boost's program measures; without it, a side that says so.
pub(super) fn with_boost<'a, const ROWS: usize>(
    context: &'a Context,
    peer: Peer,
    sample: impl Fn(&Boost) -> [f64; ROWS] + 'a,
) -> Side<'a, ROWS> {
    match context.boost() {
        Some(boost) => Side::new(peer, move || sample(boost)),
        None => Side::without(peer, Cell::NotHere(WITHOUT_BOOST)),
    }
}
