//! An allocation, against the number of blocks that are live.

use std::ptr::NonNull;
use std::time::Instant;

use shmcore::ShmMutex;
use shmcore::heap::{self, Heap};

use super::{Curve, sizes};
use crate::Context;
use crate::ours;
use crate::peers::{GLIBC, SHMCORE};
use crate::table::{Row, Side, compare};
use crate::workloads::sequence::{SEED, keys, steps};

const LIVE: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// Steps in a sample.
const STEPS: u32 = 100_000;
const ROUNDS: usize = 11;
/// Bytes that the blocks can have.
const BYTES: usize = 512 << 20;

/// A block is freed, and another one allocated for its place.
struct Step {
    place: usize,
    size: usize,
}

type Places = [heap::Vec<u8>; LIVE[LIVE.len() - 1]];

pub(crate) fn allocate(context: &Context) -> Vec<Curve> {
    let texts = [
        "allocate-by-blocks",
        "Free a block and allocate another, against the number of live blocks",
        "Blocks of 16 to 4095 bytes, as in the table `allocate`; the more there are, the more of them are in no cache.",
    ];
    vec![Curve::new(texts, sizes(context, &LIVE), |live| {
        let count = context.pace.operations(STEPS);
        let [places, _] = keys(count);
        let sizes = steps(SEED, count);
        let steps: Vec<Step> = places
            .iter()
            .zip(&sizes)
            .map(|(place, step)| {
                let place = usize::try_from(place >> 16).expect("64 bits") % live;
                Step { place, size: step.size.into() }
            })
            .collect();
        let heap = ours::create::<ShmMutex<Places>>(BYTES);
        let mut slots = heap.root().lock().expect("nobody dies");
        let mut blocks = Blocks(vec![None; live]);
        for place in 0..live {
            let size = steps[place % steps.len()].size;
            step_ours(&heap, &mut slots, &Step { place, size });
            blocks.step(&Step { place, size });
        }
        let both = vec![
            Side::new(SHMCORE, || {
                let start = Instant::now();
                for step in &steps {
                    step_ours(&heap, &mut slots, step);
                }
                [start.elapsed().as_secs_f64() * 1e9 / f64::from(count)]
            }),
            Side::new(GLIBC, || {
                let start = Instant::now();
                for step in &steps {
                    blocks.step(step);
                }
                [start.elapsed().as_secs_f64() * 1e9 / f64::from(count)]
            }),
        ];
        let name = format!("{live} blocks");
        let rows: [Row; 1] =
            compare([name], context.pace.rounds(ROUNDS), both).try_into().ok().expect("one row");
        let [row] = rows;
        row
    })]
}

#[inline]
fn step_ours(heap: &Heap, places: &mut Places, step: &Step) {
    let place = &mut places[step.place];
    place.free(heap).expect("in order");
    place.reserve(heap, step.size).expect("there is room");
    place.extend_from_slice(heap, &step.size.to_ne_bytes()).expect("reserved");
}

/// Blocks of `malloc`.
struct Blocks(Vec<Option<NonNull<usize>>>);

impl Blocks {
    #[inline]
    fn step(&mut self, step: &Step) {
        let place = &mut self.0[step.place];
        free(place.take());
        // SAFETY: `malloc` has no conditions (malloc(3)).
        let block = unsafe { libc::malloc(step.size) };
        let block = NonNull::new(block.cast::<usize>()).expect("there is memory");
        // SAFETY: the block is new, of 16 bytes at least, and aligned for every type of C (malloc(3)).
        unsafe { block.write_volatile(step.size) };
        *place = Some(block);
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|block| free(block.take()));
    }
}

#[inline]
fn free(block: Option<NonNull<usize>>) {
    let block = block.map_or(std::ptr::null_mut(), NonNull::as_ptr);
    // SAFETY: `free` requires null or what `malloc` returned and nobody has freed (malloc(3)): the place has given it away.
    unsafe { libc::free(block.cast()) };
}
