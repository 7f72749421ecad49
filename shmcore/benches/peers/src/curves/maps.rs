//! Maps, against the number of entries.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use shmcore::heap::{self, ShmHeap};
use shmcore::{Shared, ShmMap, ShmMutex, create_shared};

use super::{Curve, sizes};
use crate::Context;
use crate::bounded::OPERATIONS;
use crate::ours::{self, Viewed};
use crate::peers::{HASHBROWN, SHMCORE, SHMCORE_HEAP};
use crate::rows::fixed::times;
use crate::table::{Row, Side, compare};
use crate::workloads::sequence::keys;
use crate::workloads::{Map, insert_and_look_up};

const ENTRIES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
const ROUNDS: usize = 9;
/// Bytes that the blocks can have.
const BYTES: usize = 256 << 20;

/// Insertions and look-ups: a curve each.
pub(crate) fn maps(context: &Context) -> Vec<Curve> {
    let (mut inserts, mut look_ups) = (Vec::new(), Vec::new());
    let entries = sizes(context, &ENTRIES);
    for &count in entries {
        let [insert, look_up] = match count {
            100 => measure::<100>(context),
            1_000 => measure::<1_000>(context),
            10_000 => measure::<10_000>(context),
            100_000 => measure::<100_000>(context),
            _ => measure::<1_000_000>(context),
        };
        inserts.push(insert);
        look_ups.push(look_up);
    }
    let fairness = "The map of fixed capacity and hashbrown's, which has its room reserved, are filled again and again; the one in the heap \
        starts without room each time, so that its insertions have the growth in them. All hash by foldhash with a fixed seed.";
    let curve = |name, title, rows: Vec<Row>| {
        let mut rows = rows.into_iter();
        Curve::new([name, title, fairness], entries, |_| rows.next().expect("as many"))
    };
    vec![
        curve("maps-by-entries", "Insert into a map, against the number of entries", inserts),
        curve("maps-by-entries", "Look up in a map, against the number of entries", look_ups),
    ]
}

fn measure<const N: usize>(context: &Context) -> [Row; 2] {
    let count = u32::try_from(N).expect("small");
    let keys = keys(count);
    let absent: [u64; 1] = [0];
    let all = [&keys[0][..], &keys[1], &absent];
    let shared: Shared<ShmMutex<ShmMap<u64, u64, N>>> = create_shared().expect("created");
    let mut fixed = shared.lock().expect("nobody dies");
    let mut hashbrown = HashMap::with_capacity_and_hasher(N, FixedState::with_seed(3));
    let heap = ours::create::<ShmMutex<heap::HashMap<u64, u64>>>(BYTES);
    let first_two = |[insert, look_up, _]: [f64; 3]| [insert, look_up];
    let sides = vec![
        Side::new(SHMCORE, || first_two(times(&mut *fixed, all))),
        Side::new(SHMCORE_HEAP, || in_heap(&heap, count, &keys)),
        Side::new(HASHBROWN, || first_two(times(&mut hashbrown, all))),
    ];
    let names = [format!("{N} entries"), format!("{N} entries")];
    compare(names, context.pace.rounds(ROUNDS), sides).try_into().ok().expect("two rows")
}

/// As many times as make a sample.
#[expect(clippy::cast_precision_loss, reason = "much below 2^53")]
fn in_heap(heap: &ShmHeap<ShmMutex<heap::HashMap<u64, u64>>>, count: u32, keys: &[Vec<u64>; 2]) -> [f64; 2] {
    let mut map = Viewed::new(heap);
    let times = OPERATIONS.div_ceil(keys[0].len());
    let mut sums = [0.0; 2];
    for _ in 0..times {
        let [insert, look_up] = insert_and_look_up(&mut map, keys);
        sums[0] += insert.as_secs_f64();
        sums[1] += look_up.as_secs_f64();
    }
    map.reset();
    sums.map(|seconds| seconds * 1e9 / (times as f64 * f64::from(count)))
}
