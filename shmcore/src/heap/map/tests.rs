//! Maps against std's, in the heap and in this process's own memory.

use std::collections::HashMap as Model;

use proptest::collection::vec;
use proptest::prelude::*;

use super::shape::{Entries, Of};
use super::table::{GONE, capacity_of};
use super::{Entry, HashMap};
use crate::fixed::map::group::GROUP;
use crate::heap::raw::BEHIND;
use crate::heap::{self, Heap, HeapError, String};
use crate::{ShmHeap, ShmMutex, ShmOptions, ShmSafe};

mod damage;
mod death;
mod lists;

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
            let view = map.view(heap)?;
            assert_eq!(view.get(&key)?, model.get(&key));
            assert_eq!(view.get_key_value(&key)?, model.get_key_value(&key));
            assert_eq!((view.len(), view.is_empty()), (model.len(), model.is_empty()));
            assert_eq!(view.contains_key(&key)?, model.contains_key(&key));
            assert_eq!(view.iter().map(|(&key, &value)| (key, value)).collect::<Model<_, _>>(), *model);
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

/// What follows from the marks agrees with them.
fn assert_in_order<K: ShmSafe, V: ShmSafe>(heap: &Heap, map: &HashMap<K, V>) {
    let Some(table) = map.table(heap).expect("bound") else { return };
    let marks: Vec<u8> = (0..table.slots).map(|slot| table.mark(slot)).collect();
    assert_eq!(table.task(), super::task::NONE);
    assert_eq!(table.len(), marks.iter().filter(|mark| **mark >= 0x80).count());
    let gone = (0..table.slots).filter(|slot| marks[*slot] == GONE).count();
    assert_eq!(table.limit(), capacity_of(table.slots) - gone);
    assert!(table.len() <= table.limit());
    for at in 0..GROUP {
        assert_eq!(table.mark(table.slots + at), marks[at % table.slots], "the marks repeat");
    }
    let occupied: Vec<_> = table.occupied().collect();
    let with_entries: Vec<_> = (0..table.slots).filter(|slot| marks[*slot] >= 0x80).collect();
    assert_eq!(occupied, with_entries);
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
            assert_in_order(heap, &map);
            prop_assert_eq!(map.len(heap), Ok(model.len()));
            let entries: Model<_, _> =
                map.iter(heap).expect("bound").map(|(&key, &value)| (key, value)).collect();
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
    let heap = heap_of::<HashMap<String, heap::Vec<String>>>(64 << 10);
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

#[test]
fn many_entries_are_found_again() {
    let heap = heap_of::<HashMap<u64, u64>>(8 << 20);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..50_000 {
        assert_eq!(map.insert(&heap, key, !key).expect("room"), None);
    }
    assert!((0..50_000).all(|key| map.get(&heap, &key) == Ok(Some(&!key))));
    assert_eq!(map.get(&heap, &50_000), Ok(None));
    // As many come as go, for long: what is gone is no obstacle.
    for key in 0..100_000 {
        assert_eq!(map.remove(&heap, &key), Ok(Some(!key)));
        assert_eq!(map.insert(&heap, key + 50_000, !(key + 50_000)).expect("room"), None);
    }
    assert_in_order(&heap, &map);
    assert_eq!(map.len(&heap), Ok(50_000));
    assert!(map.table(&heap).expect("bound").expect("a block").slots <= 1 << 17);
    assert_eq!(map.iter(&heap).expect("bound").count(), 50_000);
}

#[test]
fn entries_of_any_size_and_alignment_lie_where_they_should() {
    #[derive(ShmSafe, Clone, Copy, PartialEq, Debug)]
    #[repr(C, align(128))]
    struct Wide([u64; 20], u8);
    let heap = heap_of::<HashMap<u8, Wide>>(1 << 20);
    let mut map = heap.root().lock().expect("in order");
    let wide = |key: u8| Wide([u64::from(key); 20], key);
    for key in 0..100 {
        map.insert(&heap, key, wide(key)).expect("room");
        map.insert(&heap, key / 2, wide(key / 2)).expect("room");
    }
    assert!((0..100).all(|key| map.get(&heap, &key) == Ok(Some(&wide(key)))));
    map.free(&heap).expect("bound");

    let nothing = heap_of::<HashMap<(), ()>>(4096);
    let mut map = nothing.root().lock().expect("in order");
    assert_eq!(map.insert(&nothing, (), ()).expect("room"), None);
    assert_eq!(map.insert(&nothing, (), ()).expect("room"), Some(()));
    assert_eq!((map.len(&nothing), map.remove(&nothing, &())), (Ok(1), Ok(Some(()))));
}

#[test]
fn full_heap_leaves_the_map_as_it_was() {
    let heap = heap_of::<HashMap<u64, [u64; 16]>>(32 << 10);
    let mut map = heap.root().lock().expect("in order");
    let full = (0..).find_map(|key| map.insert(&heap, key, [key; 16]).err()).expect("it is full");
    assert!(matches!(full.error(), HeapError::OutOfMemory { .. }), "{full}");
    let (key, value) = full.into_inner();
    assert_eq!(value, [key; 16]);
    let used = heap.used();
    let count = usize::try_from(key).expect("small");
    assert_eq!((map.len(&heap), map.capacity(&heap)), (Ok(count), Ok(count)));
    assert!(map.entry(&heap, key).is_err() && map.reserve(&heap, 1).is_err());
    assert_eq!(heap.used(), used);
    assert!((0..key).all(|key| map.get(&heap, &key) == Ok(Some(&[key; 16]))));
    // What is there can be replaced, and removed.
    assert_eq!(map.insert(&heap, 0, [7; 16]).expect("there"), Some([0; 16]));
    assert_eq!(map.remove(&heap, &1), Ok(Some([1; 16])));
    assert_in_order(&heap, &map);
}

#[test]
fn panic_in_a_key_leaves_the_map_as_it_was() {
    use std::hash::{Hash, Hasher};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    #[derive(ShmSafe, Clone, Copy, Eq)]
    #[repr(C)]
    struct Key(u32);
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            // One that is there already is not hashed again but when the map grows.
            assert!(!(self.0 == 0 && GROWS.get()), "asked");
            self.0.hash(state);
        }
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            assert_ne!(other.0, 1000, "asked");
            self.0 == other.0
        }
    }
    thread_local!(static GROWS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
    let heap = heap_of::<HashMap<Key, u32>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..14 {
        map.insert(&heap, Key(key), key).expect("room");
    }
    GROWS.set(true);
    let grown = catch_unwind(AssertUnwindSafe(|| map.insert(&heap, Key(14), 14).is_ok()));
    GROWS.set(false);
    assert!(grown.is_err());
    assert_in_order(&heap, &map);
    assert_eq!((map.len(&heap), heap.check().expect("not locked").blocks), (Ok(14), 1));
    assert!((0..14).all(|key| map.get(&heap, &Key(key)) == Ok(Some(&key))));
    assert_eq!(map.insert(&heap, Key(14), 14).expect("room"), None);
}

#[test]
fn maps_have_seeds_of_their_own_and_keep_them() {
    let heap = heap_of::<[HashMap<u8, u8>; 2]>(64 << 10);
    let mut maps = heap.root().lock().expect("in order");
    let seed = |map: &mut HashMap<u8, u8>, key| {
        map.insert(&heap, key, 0).expect("room");
        map.table(&heap).expect("bound").expect("a block").seed()
    };
    let first = seed(&mut maps[0], 0);
    assert_ne!(first, seed(&mut maps[1], 0));
    assert!((1..100).all(|key| seed(&mut maps[0], key) == first));
}

#[test]
fn number_of_slots_is_believed_if_they_end_inside_the_region() {
    fn look<K: ShmSafe, V: ShmSafe>() {
        let heap = heap_of::<u64>(40_000);
        let shape = Of::<K, V>::NEW.shape();
        let len = heap.words().len();
        for offset in [len - 256, len - 272, len - 5008, len - 20_000] {
            let block = heap.block_at(offset as u64).expect("a place");
            let near = [0_usize, 1 << 32, 1 << 57, 1 << 60, 1 << 63, usize::MAX / (shape.size + 1)];
            let slots = near
                .into_iter()
                .flat_map(|near| (0..80).map(move |more| near.wrapping_sub(40).wrapping_add(more)));
            for slots in (0..40_000).chain(slots) {
                let is_inside = shape.is_inside(&heap, block, slots);
                let bytes = (shape.size as u128) * (slots as u128 + 1)
                    + (80 + slots as u128 * (1 + shape.hash_size as u128))
                        .next_multiple_of(shape.align as u128);
                let ends_inside = slots > 0 && bytes <= heap.room(block) as u128;
                assert!(!is_inside || ends_inside, "{slots} slots at {offset} of {len}");
                // Where no block can end, it does not matter.
                let is_block = slots > 0 && bytes <= (heap.room(block) - BEHIND) as u128;
                assert!(is_inside || !is_block, "{slots} slots at {offset} of {len}");
            }
        }
    }
    look::<u64, u64>();
    look::<(), ()>();
    look::<u8, ()>();
    look::<u32, u8>();
    look::<u128, u8>();
    look::<String, u64>();
    look::<String, [u64; 9]>();
    look::<u64, [u64; 100]>();
}
