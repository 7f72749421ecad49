//! Containers that grow while they are filled: a vector, a map and an ordered map.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use shmcore::ShmMutex;
use shmcore::heap;

use super::allocate::with_boost;
use crate::Context;
use crate::ours::{self, Locked, Viewed};
use crate::peers::{BOOST, HASHBROWN, SHMCORE, STD};
use crate::sides::median_of;
use crate::table::{Row, Side, Table, compare};
use crate::workloads::sequence::{digest_of_keys, keys};
use crate::workloads::{insert_and_look_up, push};

/// Pushes, or entries.
const ELEMENTS: u32 = 1_000_000;
/// Samples in a round, of which the median counts.
const SAMPLES: u32 = 3;
const ROUNDS: usize = 11;
/// The same of maps, which take long.
const SAMPLES_OF_MAPS: u32 = 1;
const ROUNDS_OF_MAPS: usize = 9;
/// Entries of an ordered map: fewer, because Boost takes as long for them as for all of the others.
const ORDERED: u32 = 200_000;
/// Bytes that the blocks can have.
const BYTES: usize = 64 << 20;
const BYTES_OF_MAP: usize = 256 << 20;

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = vector(context);
    rows.extend(map(context));
    rows.extend(ordered_map(context));
    Table {
        found: None,
        name: "growing",
        title: "Containers that grow",
        fairness: "10^6 elements of 8 bytes pushed to a vector without room; 10^6 entries of 16 bytes inserted into a map without room, \
            and all found in another order, the same for all, compared by a digest. shmcore's containers lie in a heap that processes \
            share, and a kill at any instruction leaves them as before or as after; they are pushed to and looked up in through one view. Boost's are its vector and unordered_map with its \
            own hash function, in a segment of its own, without the lock that processes would need. The ordered maps have 2*10^5 entries; \
            Boost's is its map, std's its BTreeMap.",
        rows,
    }
}

fn vector(context: &Context) -> Vec<Row> {
    let elements = context.pace.operations(ELEMENTS);
    let heap = ours::create::<ShmMutex<heap::Vec<u64>>>(BYTES);
    let mut vector = Vec::new();
    let sides = vec![
        Side::new(SHMCORE, || {
            median_of(SAMPLES as usize, elements, || [push(&mut Viewed::new(&heap), elements)])
        }),
        with_boost(context, BOOST, |boost| boost.run("push", &[elements, SAMPLES], ["push"])),
        Side::new(STD, || median_of(SAMPLES as usize, elements, || [push(&mut vector, elements)])),
    ];
    compare(["vector, push".to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn map(context: &Context) -> Vec<Row> {
    let elements = context.pace.operations(ELEMENTS);
    let keys = keys(elements);
    let heap = ours::create::<ShmMutex<heap::HashMap<u64, u64>>>(BYTES_OF_MAP);
    let mut map = hashbrown::HashMap::with_hasher(FixedState::with_seed(3));
    let digest = digest_of_keys(&keys[1]);
    let sides = vec![
        Side::new(SHMCORE, || {
            median_of(SAMPLES_OF_MAPS as usize, elements, || {
                insert_and_look_up(&mut Viewed::new(&heap), &keys)
            })
        }),
        with_boost(context, BOOST, move |boost| {
            boost.run_sequence("map", &[elements, SAMPLES_OF_MAPS], digest, ["insert", "look_up"])
        }),
        Side::new(HASHBROWN, || {
            median_of(SAMPLES_OF_MAPS as usize, elements, || insert_and_look_up(&mut map, &keys))
        }),
    ];
    let names = ["map, insert", "map, look up"].map(str::to_owned);
    compare(names, context.pace.rounds(ROUNDS_OF_MAPS), sides)
}

fn ordered_map(context: &Context) -> Vec<Row> {
    let elements = context.pace.operations(ORDERED);
    let keys = keys(elements);
    let heap = ours::create::<ShmMutex<heap::BTreeMap<u64, u64>>>(BYTES_OF_MAP);
    let mut map = BTreeMap::new();
    let digest = digest_of_keys(&keys[1]);
    let sides = vec![
        Side::new(SHMCORE, || {
            median_of(SAMPLES_OF_MAPS as usize, elements, || {
                insert_and_look_up(&mut Locked::new(&heap), &keys)
            })
        }),
        with_boost(context, BOOST, move |boost| {
            boost.run_sequence("ordered_map", &[elements, SAMPLES_OF_MAPS], digest, ["insert", "look_up"])
        }),
        Side::new(STD, || {
            median_of(SAMPLES_OF_MAPS as usize, elements, || insert_and_look_up(&mut map, &keys))
        }),
    ];
    let names = ["ordered map, insert", "ordered map, look up"].map(str::to_owned);
    compare(names, context.pace.rounds(ROUNDS_OF_MAPS), sides)
}
