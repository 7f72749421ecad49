//! Maps against std's, in the heap and in this process's own memory.

use std::collections::HashMap as Model;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Entry, HashMap};
use crate::heap::{HeapError, String, Vec};
use crate::{ShmHeap, ShmMutex, ShmOptions};

fn heap_of<T: crate::PlacementDefault>(bytes: usize) -> ShmHeap<ShmMutex<T>> {
    ShmOptions::anonymous().create_heap(bytes).expect("created")
}

#[derive(Debug, Clone)]
enum Operation {
    Insert(u64, u64),
    Remove(u64),
    RemoveEntry(u64),
    Get(u64),
    GetMut(u64, u64),
    Entry(u64, u64),
    EntryRemove(u64),
    RetainEven,
    Drain(usize),
    Clear,
    Free,
    Reserve(usize),
    ShrinkToFit,
    NewGeneration,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = || 0_u64..60;
    prop_oneof![
        24 => (key(), any::<u64>()).prop_map(|(key, value)| O::Insert(key, value)),
        12 => key().prop_map(O::Remove),
        4 => key().prop_map(O::RemoveEntry),
        8 => key().prop_map(O::Get),
        4 => (key(), any::<u64>()).prop_map(|(key, value)| O::GetMut(key, value)),
        8 => (key(), any::<u64>()).prop_map(|(key, value)| O::Entry(key, value)),
        4 => key().prop_map(O::EntryRemove),
        1 => Just(O::RetainEven),
        1 => (0_usize..20).prop_map(O::Drain),
        1 => prop_oneof![Just(O::Clear), Just(O::Free)],
        1 => (0_usize..40).prop_map(O::Reserve),
        2 => Just(O::ShrinkToFit),
        1 => Just(O::NewGeneration),
    ]
}

type Plain = (ShmHeap<ShmMutex<HashMap<u64, u64>>>, Model<u64, u64>);

fn apply(operation: &Operation, (heap, model): &mut Plain) -> Result<(), HeapError> {
    use Operation as O;
    let mut map = heap.root().lock().expect("in order");
    match *operation {
        O::Insert(key, value) => assert_eq!(map.insert(heap, key, value)?, model.insert(key, value)),
        O::Remove(key) => assert_eq!(map.remove(heap, &key)?, model.remove(&key)),
        O::RemoveEntry(key) => assert_eq!(map.remove_entry(heap, &key)?, model.remove_entry(&key)),
        O::Get(key) => {
            assert_eq!(map.get_key_value(heap, &key)?, model.get_key_value(&key));
            assert_eq!(map.contains_key(heap, &key)?, model.contains_key(&key));
        }
        O::GetMut(key, value) => {
            let (ours, theirs) = (map.get_mut(heap, &key)?, model.get_mut(&key));
            assert_eq!(ours.map(|old| *old = value), theirs.map(|old| *old = value));
        }
        O::Entry(key, value) => {
            let ours = map.entry(heap, key)?.and_modify(|old| *old ^= 1).or_insert(value)?;
            assert_eq!(ours, model.entry(key).and_modify(|old| *old ^= 1).or_insert(value));
        }
        O::EntryRemove(key) => {
            let removed = match map.entry(heap, key)? {
                Entry::Occupied(entry) => Some(entry.remove()?),
                Entry::Vacant(_) => None,
            };
            assert_eq!(removed, model.remove(&key));
        }
        O::RetainEven => {
            map.retain(heap, |key, _| key % 2 == 0)?;
            model.retain(|key, _| key % 2 == 0);
        }
        O::Drain(count) => {
            for entry in map.drain(heap)?.take(count) {
                let (key, value) = entry?;
                assert_eq!(model.remove(&key), Some(value));
            }
            model.clear();
        }
        O::Clear => {
            map.clear(heap)?;
            model.clear();
        }
        O::Free => {
            map.free(heap)?;
            model.clear();
            assert_eq!(heap.used(), 0);
        }
        O::Reserve(additional) => {
            map.reserve(heap, additional)?;
            assert!(map.capacity(heap)? >= model.len() + additional);
        }
        O::ShrinkToFit => {
            map.shrink_to_fit(heap)?;
            assert!(map.capacity(heap)? <= model.len() * 16 / 7 + 3);
        }
        O::NewGeneration => crate::region::note_torn(),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// 400 cases of 150 operations on average.
    #[test]
    fn map_does_what_hash_map_does(operations in vec(operation(), 100..200)) {
        let mut both = (heap_of(64 << 10), Model::new());
        for operation in operations {
            apply(&operation, &mut both).expect("room");
            let (heap, model) = &both;
            let map = heap.root().lock().expect("in order");
            prop_assert_eq!(map.len(heap), Ok(model.len()));
            let entries: Model<_, _> = map.iter(heap).expect("bound").map(|(&key, &value)| (key, value)).collect();
            prop_assert_eq!(&entries, model);
            for key in model.keys() {
                prop_assert_eq!(map.get(heap, key), Ok(model.get(key)));
            }
        }
        both.0.check().expect("in order");
    }
}

#[test]
fn lists_of_words_read_well() -> Result<(), Box<dyn std::error::Error>> {
    let heap = heap_of::<HashMap<String, Vec<String>>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    map.entry(&heap, "key")?.or_default()?.push(&heap, "item")?;
    map.entry(&heap, "key")?.or_default()?.push(&heap, "second")?;
    assert_eq!(map.get(&heap, "key")?.expect("there").len(&heap)?, 2);
    assert!(map.get(&heap, "other")?.is_none());
    let mut taken = map.remove(&heap, "key")?.expect("there");
    assert_eq!(taken.as_slice(&heap)?[1].as_str(&heap)?, "second");
    taken.free(&heap)?;
    map.free(&heap)?;
    assert_eq!(heap.used(), 0);
    Ok(())
}
