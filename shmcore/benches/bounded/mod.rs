//! Maps of fixed capacity as the benches use them: a trait of few lines, and the loops whose time is taken.

use std::hint::black_box;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use heapless::IndexMap;
use shmcore::ShmMap;

/// Operations in one sample, at least: few, so that many samples are not interrupted.
pub(crate) const OPERATIONS: usize = 100_000;

/// How long `f` takes.
pub(crate) fn time(f: impl FnOnce()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

/// Keys in an order that no cache likes, the same in another order, and others.
pub(crate) fn keys(len: usize) -> [Vec<u64>; 3] {
    let mut rng = fastrand::Rng::with_seed(7);
    let keys: Vec<u64> = (0..len).map(|_| rng.u64(..)).collect();
    let mut shuffled = keys.clone();
    rng.shuffle(&mut shuffled);
    let absent = keys.iter().map(|key| key ^ 0x5555).collect();
    [keys, shuffled, absent]
}

/// A map as the rows use it.
pub(crate) trait Map {
    fn clear(&mut self);
    fn insert(&mut self, key: u64);
    fn get(&self, key: u64) -> Option<&u64>;
}

impl<const N: usize> Map for ShmMap<u64, u64, N> {
    fn clear(&mut self) {
        self.clear();
    }

    #[inline]
    fn insert(&mut self, key: u64) {
        self.insert(key, key).expect("it fits");
    }

    #[inline]
    fn get(&self, key: u64) -> Option<&u64> {
        self.get(&key)
    }
}

impl Map for HashMap<u64, u64, FixedState> {
    fn clear(&mut self) {
        self.clear();
    }

    #[inline]
    fn insert(&mut self, key: u64) {
        self.insert(key, key);
    }

    #[inline]
    fn get(&self, key: u64) -> Option<&u64> {
        self.get(&key)
    }
}

impl<const N: usize> Map for IndexMap<u64, u64, BuildFold, N> {
    fn clear(&mut self) {
        self.clear();
    }

    #[inline]
    fn insert(&mut self, key: u64) {
        self.insert(key, key).expect("it fits");
    }

    #[inline]
    fn get(&self, key: u64) -> Option<&u64> {
        self.get(&key)
    }
}

/// How long it takes to fill the map, as often as makes a sample.
pub(crate) fn insert(map: &mut impl Map, keys: &[u64]) -> Duration {
    let rounds = OPERATIONS.div_ceil(keys.len());
    let round = |_| {
        map.clear();
        time(|| keys.iter().for_each(|&key| black_box(&mut *map).insert(black_box(key))))
    };
    (0..rounds).map(round).sum()
}

/// How long it takes to look all keys up, as often as makes a sample.
pub(crate) fn get(map: &impl Map, keys: &[u64]) -> Duration {
    let rounds = OPERATIONS.div_ceil(keys.len());
    time(|| {
        for _ in 0..rounds {
            for &key in keys {
                black_box(black_box(map).get(black_box(key)));
            }
        }
    })
}

/// heapless wants a hash builder that is `Default`.
#[derive(Clone)]
pub(crate) struct BuildFold(FixedState);

impl Default for BuildFold {
    fn default() -> Self {
        Self(FixedState::with_seed(3))
    }
}

impl core::hash::BuildHasher for BuildFold {
    type Hasher = <FixedState as core::hash::BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}
