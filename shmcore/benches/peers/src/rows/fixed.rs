//! Containers of fixed capacity: a vector and a map.

use std::hint::black_box;
use std::sync::Mutex;
use std::time::Duration;

use foldhash::fast::FixedState;
use heapless::IndexMap;
use shmcore::{Shared, ShmMap, ShmMutex, ShmVec, create_shared};

use crate::Context;
use crate::bounded::{BuildFold, Map, OPERATIONS, get, insert, keys, time};
use crate::peers::{HASHBROWN, HEAPLESS, Peer, SHMCORE, STD};
use crate::table::{Cell, Row, Side, Table, compare};

const ROUNDS: usize = 21;
const LEN: usize = 1_000_000;

/// For the vector that no stack has room for.
static HEAPLESS_VEC: Mutex<heapless::Vec<u64, LEN>> = Mutex::new(heapless::Vec::new());

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = vector(context);
    rows.extend(map::<1_000, 1_024>(context, "10^3"));
    rows.extend(map::<30_000, 32_768>(context, "3·10^4"));
    rows.extend(map::<1_000_000, 2>(context, "10^6"));
    Table {
        found: None,
        name: "fixed",
        title: "Containers of fixed capacity",
        fairness: "The others have their room reserved before; all maps hash by foldhash with a fixed seed. shmcore's are in shared \
            memory, behind a lock that is taken once for a sample.",
        rows,
    }
}

fn vector(context: &Context) -> Vec<Row> {
    let shared: Shared<ShmMutex<ShmVec<u64, LEN>>> = create_shared().expect("created");
    let mut ours = shared.lock().expect("nobody dies");
    let mut std: Vec<u64> = Vec::with_capacity(LEN);
    let mut heapless = HEAPLESS_VEC.lock().expect("nobody panics");
    let values = || 0..LEN as u64;
    let sides = vec![
        Side::new(SHMCORE, || {
            ours.clear();
            let time = time(|| {
                values().for_each(|value| black_box(&mut *ours).push(black_box(value)).expect("it fits"));
            });
            assert_eq!(ours.iter().sum::<u64>(), values().sum::<u64>());
            [per(time, LEN)]
        }),
        Side::new(HEAPLESS, || {
            heapless.clear();
            let time = time(|| {
                values().for_each(|value| black_box(&mut *heapless).push(black_box(value)).expect("it fits"));
            });
            assert_eq!(heapless.iter().sum::<u64>(), values().sum::<u64>());
            [per(time, LEN)]
        }),
        Side::new(STD, || {
            std.clear();
            let time = time(|| values().for_each(|value| black_box(&mut std).push(black_box(value))));
            assert_eq!(std.iter().sum::<u64>(), values().sum::<u64>());
            [per(time, LEN)]
        }),
    ];
    compare(["vector, push 10^6".to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn map<const N: usize, const POWER_OF_TWO: usize>(context: &Context, size: &str) -> Vec<Row> {
    let [keys, shuffled, absent] = &keys(N);
    let all = [&keys[..], shuffled, absent];
    let shared: Shared<ShmMutex<ShmMap<u64, u64, N>>> = create_shared().expect("created");
    let mut ours = shared.lock().expect("nobody dies");
    let hashbrown = hashbrown::HashMap::with_capacity_and_hasher(N, FixedState::with_seed(3));
    let heapless = if POWER_OF_TWO < N {
        Side::without(HEAPLESS, Cell::Cannot("its map has 2^15 places at most"))
    } else {
        side(HEAPLESS, IndexMap::<u64, u64, BuildFold, POWER_OF_TWO>::default(), all)
    };
    let sides =
        vec![Side::new(SHMCORE, || times(&mut *ours, all)), heapless, side(HASHBROWN, hashbrown, all)];
    let names = ["insert", "look up", "look up what is absent"].map(|what| format!("map of {size}, {what}"));
    compare(names, context.pace.rounds(ROUNDS), sides)
}

fn side<'a>(peer: Peer, mut map: impl Map + 'a, keys: [&'a [u64]; 3]) -> Side<'a, 3> {
    Side::new(peer, move || times(&mut map, keys))
}

/// Nanoseconds of an insertion and of two ways to look up.
pub(crate) fn times(map: &mut impl Map, [keys, shuffled, absent]: [&[u64]; 3]) -> [f64; 3] {
    let operations = OPERATIONS.div_ceil(keys.len()) * keys.len();
    let inserted = insert(map, keys);
    assert!(shuffled.iter().all(|&key| map.get(key) == Some(&key)), "all were inserted");
    assert!(absent.iter().all(|&key| map.get(key).is_none()), "none were inserted");
    [inserted, get(map, shuffled), get(map, absent)].map(|time| per(time, operations))
}

#[expect(clippy::cast_precision_loss, reason = "much below 2^53")]
fn per(time: Duration, operations: usize) -> f64 {
    time.as_secs_f64() * 1e9 / operations as f64
}
