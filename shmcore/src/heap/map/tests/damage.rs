//! Maps into whose blocks something else has written: errors, or something that can be used; no panic, and nothing outside the region.

use std::sync::atomic::Ordering::Relaxed;

use proptest::collection::vec;
use proptest::prelude::*;

use super::heap_of;
use crate::ShmSafe;
use crate::heap::map::HashMap;
use crate::heap::map::key::Find;
use crate::heap::map::table::SLOTS;
use crate::heap::{Heap, HeapError, Vec};

/// Words of a block: those of the map, of marks and of the first entries; and small numbers or any.
fn damage() -> impl Strategy<Value = std::vec::Vec<(usize, u64)>> {
    let value = prop_oneof![any::<u64>(), 0_u64..70, (0_u32..64).prop_map(|bit| 1 << bit), Just(u64::MAX)];
    vec((prop_oneof![3 => 3_usize..8, 1 => 8_usize..20], value), 1..4)
}

fn is_inside<T>(heap: &Heap, value: &T) -> bool {
    let start = std::ptr::from_ref(value);
    start.is_aligned() && heap.holds(start.addr()) && heap.holds(start.addr() + size_of::<T>() - 1)
}

/// Uses everything, one thing after the other, whatever becomes of it.
fn use_all<V: ShmSafe + Default>(heap: &Heap, map: &mut HashMap<u64, V>) -> u32 {
    let mut errors = 0;
    let mut note = |result: Result<(), HeapError>| errors += u32::from(result.is_err());
    for key in 0..40 {
        note(map.get(heap, &key).map(|value| assert!(value.is_none_or(|value| is_inside(heap, value)))));
        note(map.insert(heap, key, V::default()).map(drop).map_err(HeapError::from));
        note(map.remove(heap, &(key + 1)).map(drop));
        let entry = map.entry(heap, key).map_err(HeapError::from);
        note(entry.and_then(|entry| entry.or_default().map(|_| ()).map_err(HeapError::from)));
    }
    note(map.iter(heap).map(|entries| entries.for_each(|(key, _)| assert!(is_inside(heap, key)))));
    note(map.iter_mut(heap).map(|entries| assert!(entries.len() <= heap.words().len())));
    note(map.reserve(heap, 50));
    note(map.retain(heap, |key, _| key % 2 == 0));
    note(map.shrink_to_fit(heap));
    note(map.drain(heap).map(|mut entries| drop(entries.next())));
    note(map.clear(heap));
    note(map.free(heap));
    errors
}

fn use_damaged<V: ShmSafe + Default>(
    damage: &[(usize, u64)],
    is_bound_anew: bool,
    value: impl Fn(&Heap) -> V,
) -> u32
where
    HashMap<u64, V>: crate::PlacementDefault,
{
    let heap = heap_of::<HashMap<u64, V>>(48 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..30 {
        map.insert(&heap, key, value(&heap)).expect("room");
    }
    let offset = map.table(&heap).expect("bound").expect("a block").block.offset();
    let block = heap.block_at(offset as u64).expect("a block");
    for &(word, value) in damage {
        block.word(word).store(value, Relaxed);
    }
    if is_bound_anew {
        crate::region::note_torn();
    }
    let errors = use_all(&heap, &mut map);
    heap.check().expect("the allocator's words were let alone");
    errors
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn damaged_map_is_an_error_or_can_be_used(damage in damage(), is_bound_anew in any::<bool>()) {
        use_damaged(&damage, is_bound_anew, |_| 7_u64);
        use_damaged(&damage, is_bound_anew, |heap| Vec::from_slice(heap, &[1_u16, 2]).expect("room"));
    }
}

/// Of a block that was written over, slots may be told that lie in the block that its map grows into.
#[test]
fn entry_may_be_copied_to_where_it_is() {
    let heap = heap_of::<HashMap<u64, u64>>(48 << 10);
    let mut map = heap.root().lock().expect("in order");
    map.insert(&heap, 1, 2).expect("room");
    let table = map.table(&heap).expect("bound").expect("a block");
    let slot = table.occupied().next().expect("an entry");
    table.copy_to(slot, table, slot, u64::hash_of(&heap, table.seed(), &1).expect("plain"));
    assert_eq!(map.get(&heap, &1), Ok(Some(&2)));
}

/// The number of slots is believed without asking the tables, and leads nowhere outside.
#[test]
fn slots_that_lead_outside_the_region_are_an_error() {
    for slots in [0, 1 << 12, 1 << 20, 1 << 40, 1 << 60, 1 << 63, u64::MAX, u64::MAX / 17] {
        let heap = heap_of::<HashMap<u64, u64>>(48 << 10);
        let mut map = heap.root().lock().expect("in order");
        map.insert(&heap, 1, 2).expect("room");
        let offset = map.table(&heap).expect("bound").expect("a block").block.offset();
        let block = heap.block_at(offset as u64).expect("a block");
        block.word(SLOTS).store(slots, Relaxed);
        let is_corrupt = |result: Result<(), HeapError>| matches!(result, Err(HeapError::Corrupt { .. }));
        assert!(is_corrupt(map.get(&heap, &1).map(drop)), "{slots}");
        assert!(is_corrupt(map.insert(&heap, 1, 3).map(drop).map_err(HeapError::from)), "{slots}");
        assert!(is_corrupt(map.iter(&heap).map(drop)), "{slots}");
        assert!(is_corrupt(map.clear(&heap)), "{slots}");
        // More than the block has, and not more than the region.
        for slots in [16, 20, 1, 2] {
            block.word(SLOTS).store(slots, Relaxed);
            crate::region::note_torn();
            assert!(is_corrupt(map.get(&heap, &1).map(drop)), "{slots}");
        }
    }
}
