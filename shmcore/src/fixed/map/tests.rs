use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use proptest::collection::vec;
use proptest::prelude::*;

use super::table::Table;
use super::{Entry, Pair, ShmMap};
use crate::fixed::CapacityError;
use crate::{PlacementDefault, ShmSafe, create_shared};

const N: usize = 24;

#[derive(Debug, Clone)]
enum Operation {
    Insert(u16, u32),
    Remove(u16),
    Get(u16),
    GetMut(u16, u32),
    Entry(u16, u32),
    EntryRemove(u16),
    RetainEven,
    Drain,
    Clear,
    Rebuild,
    Clone,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = || 0_u16..40;
    prop_oneof![
        12 => (key(), any::<u32>()).prop_map(|(key, value)| O::Insert(key, value)),
        8 => key().prop_map(O::Remove),
        4 => key().prop_map(O::Get),
        2 => (key(), any::<u32>()).prop_map(|(key, value)| O::GetMut(key, value)),
        4 => (key(), any::<u32>()).prop_map(|(key, value)| O::Entry(key, value)),
        2 => key().prop_map(O::EntryRemove),
        1 => Just(O::RetainEven),
        1 => Just(O::Rebuild),
        1 => Just(O::Clone),
        1 => prop_oneof![Just(O::Drain), Just(O::Clear)],
    ]
}

fn apply<const N: usize>(
    operation: &Operation,
    map: &mut ShmMap<u16, u32, N>,
    oracle: &mut HashMap<u16, u32>,
) {
    use Operation as O;
    let fits = |oracle: &HashMap<u16, u32>, key| oracle.len() < N || oracle.contains_key(&key);
    match *operation {
        O::Insert(key, value) => {
            let inserted = map.insert(key, value).map_err(CapacityError::into_inner);
            let expected = if fits(oracle, key) { Ok(oracle.insert(key, value)) } else { Err((key, value)) };
            assert_eq!(inserted, expected);
        }
        O::Remove(key) => assert_eq!(map.remove(&key), oracle.remove(&key)),
        O::Get(key) => {
            assert_eq!(map.get_key_value(&key), oracle.get_key_value(&key));
            assert_eq!(map.contains_key(&key), oracle.contains_key(&key));
        }
        O::GetMut(key, value) => {
            assert_eq!(
                map.get_mut(&key).map(|old| *old = value),
                oracle.get_mut(&key).map(|old| *old = value)
            );
        }
        O::Entry(key, value) => {
            let entry = map.entry(key).and_modify(|old| *old = old.wrapping_add(1));
            assert_eq!(*entry.key(), key);
            let found = entry.or_insert(value).map(|value| *value).map_err(CapacityError::into_inner);
            let expected = if fits(oracle, key) {
                Ok(*oracle.entry(key).and_modify(|old| *old = old.wrapping_add(1)).or_insert(value))
            } else {
                Err((key, value))
            };
            assert_eq!(found, expected);
        }
        O::EntryRemove(key) => {
            let removed = match map.entry(key) {
                Entry::Occupied(entry) => Some(entry.remove()),
                Entry::Vacant(_) => None,
            };
            assert_eq!(removed, oracle.remove(&key));
        }
        O::RetainEven => {
            map.retain(|key, _| key % 2 == 0);
            oracle.retain(|key, _| key % 2 == 0);
        }
        O::Drain => assert_eq!(map.drain().collect::<HashMap<_, _>>(), std::mem::take(oracle)),
        O::Clear => {
            map.clear();
            oracle.clear();
        }
        O::Rebuild => map.rebuild(),
        O::Clone => *map = map.clone(),
    }
}

/// Every entry is found by its key, and there are no others.
fn assert_equal<const N: usize>(map: &ShmMap<u16, u32, N>, oracle: &HashMap<u16, u32>) {
    assert_eq!(map.len(), oracle.len());
    for (key, value) in oracle {
        assert_eq!(map.get(key), Some(value), "key {key}");
    }
    assert!(map.iter().all(|(key, value)| oracle.get(key) == Some(value)));
    assert_eq!(map.iter().count(), oracle.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    /// 700 cases of 150 operations on average.
    #[test]
    fn map_does_what_hash_map_does(operations in vec(operation(), 100..200)) {
        does_what_hash_map_does::<N>(&operations);
    }

    /// Whatever a process has left behind: no operation panics or does not end, and `rebuild` makes a map of what is there.
    #[test]
    fn map_of_any_marks_is_safe_and_can_be_rebuilt(
        seed in any::<u64>(),
        len in prop_oneof![0..=N as u64, any::<u64>()],
        places in vec((prop_oneof![2 => Just(0), 1 => any::<u8>()], (0_u16..40, any::<u32>())), 2 * N),
        operations in vec(operation(), 0..30),
    ) {
        let mut map = ShmMap::<u16, u32, N> { seed, table: Table::damaged(len, places.into_iter().map(pair)) };
        for operation in operations {
            use Operation as O;
            match operation {
                O::Insert(key, value) => _ = map.insert(key, value),
                O::Remove(key) | O::EntryRemove(key) => _ = map.remove(&key),
                O::Get(key) => _ = map.get(&key),
                O::GetMut(key, value) => _ = map.get_mut(&key).map(|old| *old = value),
                O::Entry(key, value) => _ = map.entry(key).or_insert(value),
                O::RetainEven => map.iter_mut().for_each(|(_, value)| *value = 0),
                O::Drain | O::Clear | O::Clone | O::Rebuild => _ = map.clone(),
            }
        }
        let left: HashSet<u16> = map.keys().copied().collect();
        map.rebuild();
        prop_assert!(left.iter().all(|key| map.contains_key(key)));
        prop_assert_eq!(map.iter().count(), left.len());
        prop_assert_eq!(map.len(), left.len().min(N));
    }
}

fn does_what_hash_map_does<const N: usize>(operations: &[Operation]) {
    let (mut map, mut oracle) = (ShmMap::<u16, u32, N>::new(), HashMap::new());
    for operation in operations {
        apply(operation, &mut map, &mut oracle);
        assert_equal(&map, &oracle);
    }
    assert_eq!(HashMap::<u16, u32>::from(map), oracle);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Those whose places are fewer than a group has, just as many, and a few more.
    #[test]
    fn small_maps_do_what_hash_map_does(operations in vec(operation(), 100..200)) {
        does_what_hash_map_does::<7>(&operations);
        does_what_hash_map_does::<8>(&operations);
        does_what_hash_map_does::<16>(&operations);
    }
}

fn pair((mark, (key, value)): (u8, (u16, u32))) -> (u8, Pair<u16, u32>) {
    (mark, Pair { key, value })
}

#[test]
fn all_entries_of_a_full_map_are_found_after_many_removals() {
    let mut map = ShmMap::<u64, u64, 1000>::new();
    for key in 0..1000 {
        map.insert(key, key).expect("they fit");
    }
    for key in 1000..250_000 {
        assert_eq!(map.remove(&(key - 1000)), Some(key - 1000));
        assert_eq!(map.insert(key, key), Ok(None));
    }
    assert!(map.is_full());
    assert!((249_000..250_000).all(|key| map.get(&key) == Some(&key)));
}

/// A key whose hash is that of many others.
#[derive(ShmSafe, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
struct Alike(u16);

impl Hash for Alike {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0 % 3).hash(state);
    }
}

/// Such are far from their homes, and behind the end, wherever their maps have these.
#[test]
fn entries_far_from_their_homes_are_found_after_each_removal() {
    fn check<const N: usize>(rng: &mut fastrand::Rng) {
        let (mut map, mut oracle) = (ShmMap::<Alike, u16, N>::new(), HashSet::new());
        for _ in 0..60 {
            let key = rng.u16(..40);
            if oracle.remove(&key) {
                assert_eq!(map.remove(&Alike(key)), Some(key));
            } else if map.insert(Alike(key), key).is_ok() {
                oracle.insert(key);
            }
            assert_eq!(map.len(), oracle.len());
            assert!((0..40).all(|key| map.contains_key(&Alike(key)) == oracle.contains(&key)));
        }
    }
    let rng = &mut fastrand::Rng::with_seed(5);
    for _ in 0..60 {
        check::<7>(rng);
        check::<16>(rng);
        check::<17>(rng);
        check::<36>(rng);
    }
}

#[test]
fn zeroes_are_empty_and_a_million_places_cost_nothing() {
    const { assert!(<ShmMap<u8, u8, 3> as PlacementDefault>::DEFAULT_IS_ZERO) };
    let map = create_shared::<ShmMap<u64, [u64; 4], 1_000_000>>().expect("created");
    assert!(map.is_empty());
    assert_eq!(map.get(&1), None);
}

#[test]
fn map_without_places_is_empty_and_full() {
    let mut map = ShmMap::<u8, u8, 0>::new();
    assert!(map.insert(1, 2).is_err());
    assert_eq!((map.remove(&1), map.get(&1), map.len()), (None, None, 0));
}

#[test]
fn maps_have_seeds_of_their_own() {
    let seed = || {
        let mut map = ShmMap::<u8, u8, 4>::new();
        map.insert(1, 1).expect("it fits");
        map.seed
    };
    assert_ne!(seed(), seed());
}
