//! Random operations on ordered maps, of numbers and of owners, against std's.

use std::collections::BTreeMap as Model;
use std::fmt::Debug;
use std::ops::Bound;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{assert_is_tree, heap_of};
use crate::ShmSafe;
use crate::heap::btree::{BTreeMap, Entry};
use crate::heap::{Heap, HeapError, Vec};

#[derive(Debug, Clone)]
enum Operation {
    Insert(u64, u64),
    /// Many keys from one on, which split nodes at their end.
    InsertMany(u64, u64),
    Remove(u64),
    RemoveMany(u64, u64),
    RemoveEntry(u64),
    PopFirst,
    PopLast,
    Get(u64),
    GetMut(u64, u64),
    Entry(u64, u64),
    EntryInsert(u64, u64),
    Range(Bound<u64>, Bound<u64>),
    FromBothEnds(std::vec::Vec<bool>),
    Free,
    NewGeneration,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = || 0_u64..400;
    let bound = || {
        prop_oneof![
            3 => key().prop_map(Bound::Included),
            3 => key().prop_map(Bound::Excluded),
            1 => Just(Bound::Unbounded)
        ]
    };
    prop_oneof![
        24 => (key(), any::<u64>()).prop_map(|(key, value)| O::Insert(key, value)),
        4 => (key(), 1_u64..120).prop_map(|(key, count)| O::InsertMany(key, count)),
        12 => key().prop_map(O::Remove),
        3 => (key(), 1_u64..120).prop_map(|(key, count)| O::RemoveMany(key, count)),
        4 => key().prop_map(O::RemoveEntry),
        4 => Just(O::PopFirst),
        4 => Just(O::PopLast),
        8 => key().prop_map(O::Get),
        4 => (key(), any::<u64>()).prop_map(|(key, value)| O::GetMut(key, value)),
        8 => (key(), any::<u64>()).prop_map(|(key, value)| O::Entry(key, value)),
        4 => (key(), any::<u64>()).prop_map(|(key, value)| O::EntryInsert(key, value)),
        6 => (bound(), bound()).prop_map(|(start, end)| O::Range(start, end)),
        1 => vec(any::<bool>(), 0..500).prop_map(O::FromBothEnds),
        1 => Just(O::Free),
        1 => Just(O::NewGeneration),
    ]
}

/// Values of a map: numbers, or what has them in the heap.
trait Sample: ShmSafe + Debug {
    fn of(heap: &Heap, number: u64) -> Self;
    fn number(&self, heap: &Heap) -> u64;
    fn free(self, heap: &Heap);
}

impl Sample for u64 {
    fn of(_: &Heap, number: u64) -> Self {
        number
    }
    fn number(&self, _: &Heap) -> u64 {
        *self
    }
    fn free(self, _: &Heap) {}
}

impl Sample for Vec<u64> {
    fn of(heap: &Heap, number: u64) -> Self {
        Self::from_slice(heap, &[number]).expect("room")
    }
    fn number(&self, heap: &Heap) -> u64 {
        self.as_slice(heap).expect("bound")[0]
    }
    fn free(mut self, heap: &Heap) {
        Vec::free(&mut self, heap).expect("bound");
    }
}

/// Whether std takes such a range.
fn is_range(start: Bound<u64>, end: Bound<u64>) -> bool {
    match (start, end) {
        (Bound::Excluded(start), Bound::Excluded(end)) => start < end,
        (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) => {
            start <= end
        }
        _ => true,
    }
}

fn apply<V: Sample>(
    operation: &Operation,
    heap: &Heap,
    map: &mut BTreeMap<u64, V>,
    model: &mut Model<u64, u64>,
) -> Result<(), HeapError> {
    use Operation as O;
    let taken = |value: V| {
        let number = value.number(heap);
        value.free(heap);
        number
    };
    let shown = |(key, value): (&u64, &V)| (*key, value.number(heap));
    match *operation {
        O::Insert(key, value) => {
            let old = map.insert(heap, key, V::of(heap, value))?;
            assert_eq!(old.map(taken), model.insert(key, value));
        }
        O::InsertMany(first, count) => {
            for key in first..first + count {
                let old = map.insert(heap, key, V::of(heap, key))?;
                assert_eq!(old.map(taken), model.insert(key, key));
            }
        }
        O::Remove(key) => assert_eq!(map.remove(heap, &key)?.map(taken), model.remove(&key)),
        O::RemoveMany(first, count) => {
            for key in first..first + count {
                assert_eq!(map.remove(heap, &key)?.map(taken), model.remove(&key));
            }
        }
        O::RemoveEntry(key) => {
            let removed = map.remove_entry(heap, &key)?.map(|(key, value)| (key, taken(value)));
            assert_eq!(removed, model.remove_entry(&key));
        }
        O::PopFirst => {
            let popped = map.pop_first(heap)?.map(|(key, value)| (key, taken(value)));
            assert_eq!(popped, model.pop_first());
        }
        O::PopLast => {
            let popped = map.pop_last(heap)?.map(|(key, value)| (key, taken(value)));
            assert_eq!(popped, model.pop_last());
        }
        O::Get(key) => {
            assert_eq!(map.get(heap, &key)?.map(|value| value.number(heap)), model.get(&key).copied());
            assert_eq!(map.get_key_value(heap, &key)?.map(|(key, _)| key), model.get(&key).map(|_| &key));
            assert_eq!(map.contains_key(heap, &key)?, model.contains_key(&key));
            let ends = (map.first_key_value(heap)?.map(shown), map.last_key_value(heap)?.map(shown));
            let copied = |entry: Option<(&u64, &u64)>| entry.map(|(key, value)| (*key, *value));
            assert_eq!(ends, (copied(model.first_key_value()), copied(model.last_key_value())));
        }
        O::GetMut(key, number) => {
            let (ours, theirs) = (map.get_mut(heap, &key)?, model.get_mut(&key));
            assert_eq!(ours.is_some(), theirs.is_some());
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                taken(std::mem::replace(ours, V::of(heap, number)));
                *theirs = number;
            }
        }
        O::Entry(key, number) => {
            let value = map.entry(heap, key)?.or_insert_with(|| V::of(heap, number))?;
            assert_eq!(value.number(heap), *model.entry(key).or_insert(number));
        }
        O::EntryInsert(key, number) => match map.entry(heap, key)? {
            Entry::Occupied(mut entry) => {
                assert_eq!((*entry.key(), Some(&entry.get().number(heap))), (key, model.get(&key)));
                assert_eq!(Some(taken(entry.insert(V::of(heap, number))?)), model.insert(key, number));
                assert_eq!(*entry.key(), key);
                assert_eq!(entry.into_mut().number(heap), number);
            }
            Entry::Vacant(entry) => {
                assert_eq!((entry.key(), model.get(&key)), (&key, None));
                assert_eq!(entry.into_key(), key);
            }
        },
        O::Range(start, end) if is_range(start, end) => {
            let ours = map.range(heap, (start, end))?;
            let theirs = model.range((start, end)).map(|(key, value)| (*key, *value));
            assert!(ours.clone().map(shown).eq(theirs.clone()), "{start:?} {end:?}");
            assert!(ours.rev().map(shown).eq(theirs.rev()), "{start:?} {end:?}");
        }
        O::Range(start, end) => {
            let range = std::panic::AssertUnwindSafe(|| map.range(heap, (start, end)).map(drop));
            assert!(std::panic::catch_unwind(range).is_err(), "{start:?} {end:?}");
        }
        O::FromBothEnds(ref fronts) => {
            let (mut ours, mut theirs) = (map.iter(heap)?, model.iter());
            for &front in fronts {
                let (our, their) =
                    if front { (ours.next(), theirs.next()) } else { (ours.next_back(), theirs.next_back()) };
                assert_eq!(our.map(shown), their.map(|(key, value)| (*key, *value)));
                assert_eq!(ours.len(), theirs.len());
            }
        }
        O::Free => {
            map.free(heap)?;
            model.clear();
            assert_eq!(heap.used(), 0);
        }
        O::NewGeneration => crate::region::note_torn(),
    }
    assert_eq!((map.len(heap)?, map.is_empty(heap)?), (model.len(), model.is_empty()));
    assert!(map.keys(heap)?.eq(model.keys()));
    assert!(map.values(heap)?.map(|value| value.number(heap)).eq(model.values().copied()));
    assert!(map.iter(heap)?.rev().map(|(key, _)| key).eq(model.keys().rev()));
    assert_is_tree(heap, map, false);
    Ok(())
}

fn compare<V: Sample>(operations: &[Operation], is_private: bool) {
    let heap = heap_of::<BTreeMap<u64, V>>(1 << 20);
    let (mut own, mut model) = (BTreeMap::new(), Model::new());
    let mut shared = heap.root().lock().expect("in order");
    let map = if is_private { &mut own } else { &mut *shared };
    for operation in operations {
        apply(operation, &heap, map, &mut model).expect("room");
    }
    let checked = heap.check().expect("in order");
    assert_eq!(checked.used, heap.used());
    map.free(&heap).expect("freed");
    assert_eq!(heap.check().expect("in order").used, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn map_of_numbers_is_that_of_std(operations in vec(operation(), 0..200), is_private in any::<bool>()) {
        compare::<u64>(&operations, is_private);
    }

    #[test]
    fn map_of_owners_is_that_of_std(operations in vec(operation(), 0..100), is_private in any::<bool>()) {
        compare::<Vec<u64>>(&operations, is_private);
    }
}
