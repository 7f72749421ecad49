//! Maps whose process dies before each of its stores, and whose next user dies as well.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::{assert_in_order, heap_of};
use crate::heap::access::Access;
use crate::heap::map::HashMap;
use crate::heap::raw::dies;
use crate::heap::{Heap, HeapError, String, Vec};
use crate::{PlacementDefault, ShmSafe};

/// Lets an operation die before each of its stores, in a heap of its own each time. Then the map is as it was before or as it will be, and
/// nothing leaks but what the dead process has in its own memory. The number of stores.
fn die_before_each_store<K: ShmSafe, V: ShmSafe, M: PartialEq + Debug>(
    prepare: impl Fn(&Heap, &mut HashMap<K, V>),
    operation: impl Fn(&Heap, &mut HashMap<K, V>) -> Result<(), HeapError>,
    view: impl Fn(&Heap, &HashMap<K, V>) -> Result<M, HeapError>,
) -> u64
where
    HashMap<K, V>: PlacementDefault,
{
    let mut done = None;
    for stores in 0.. {
        let heap = heap_of::<HashMap<K, V>>(256 << 10);
        let mut map = heap.root().lock().expect("in order");
        prepare(&heap, &mut map);
        let before = view(&heap, &map).expect("bound");
        let has_ended = !dies(stores, || operation(&heap, &mut map).expect("room"));
        let done = done.get_or_insert_with(|| view(&heap, &map).expect("bound"));
        if !has_ended {
            heap.words().recover_after_death();
            crate::region::note_torn();
            // Who finds it dies before its first store, then before its second one, and so on.
            for stores in 1.. {
                let is_mended = !dies(stores, || drop(view(&heap, &map).expect("mended")));
                if is_mended {
                    break;
                }
                heap.words().recover_after_death();
                crate::region::note_torn();
            }
        }
        assert_in_order(&heap, &map);
        let after = view(&heap, &map).expect("bound");
        let is_as_it_was = after == before && !has_ended;
        assert!(is_as_it_was || after == *done, "after {stores} stores: {after:?}");
        heap.check().expect("in order");
        map.free(&heap).expect("bound");
        assert_eq!(blocks_of_the_heap(&heap), 0, "after {stores} stores: leaked");
        if has_ended && stores > 0 {
            return stores;
        }
    }
    unreachable!("it ends")
}

/// How many blocks are not in some process's own memory.
fn blocks_of_the_heap(heap: &Heap) -> usize {
    let mut count = 0;
    Access::new(heap).expect("in order").each_block(|block| count += usize::from(block.holder() == 0));
    count
}

type Plain<V> = HashMap<u64, V>;

fn plain<V: ShmSafe + Copy>(heap: &Heap, map: &Plain<V>) -> Result<BTreeMap<u64, V>, HeapError> {
    Ok(map.iter(heap)?.map(|(key, value)| (*key, *value)).collect())
}

fn fill(heap: &Heap, map: &mut Plain<[u64; 3]>, count: u64) {
    for key in 0..count {
        map.insert(heap, key, [key; 3]).expect("room");
    }
}

#[test]
fn plain_entries_come_and_go_whole() {
    let mut stores = 0;
    // Some removals leave slots that searches go on behind, some do not; and there are tables smaller than a group.
    for count in [3, 7, 14, 200] {
        let prepare = |heap: &Heap, map: &mut Plain<[u64; 3]>| {
            fill(heap, map, count);
            map.remove(heap, &1).expect("bound");
        };
        for key in (0..count).step_by(29).chain([1000]) {
            stores += die_before_each_store(prepare, |heap, map| map.remove(heap, &key).map(|_| ()), plain);
            let insert = |heap: &Heap, map: &mut Plain<[u64; 3]>| Ok(_ = map.insert(heap, key, [7, 8, 9])?);
            stores += die_before_each_store(prepare, insert, plain);
        }
        stores += die_before_each_store(prepare, |heap, map| map.clear(heap), plain);
        stores += die_before_each_store(prepare, |heap, map| map.free(heap), plain);
        stores += die_before_each_store(prepare, |heap, map| map.reserve(heap, 300), plain);
        stores += die_before_each_store(prepare, |heap, map| map.shrink_to_fit(heap), plain);
    }
    assert!(stores > 500, "{stores} stores");
}

#[test]
fn map_grows_whole_and_drops_what_is_gone() {
    for (count, gone) in [(0, 0), (3, 0), (14, 0), (112, 60), (224, 1)] {
        let prepare = |heap: &Heap, map: &mut Plain<[u64; 3]>| {
            fill(heap, map, count);
            (0..gone).for_each(|key| _ = map.remove(heap, &key).expect("bound"));
        };
        let insert = |heap: &Heap, map: &mut Plain<[u64; 3]>| {
            for key in 1000.. {
                let table = map.table(heap)?.map(|table| table.block.offset());
                map.insert(heap, key, [key; 3])?;
                if table != map.table(heap)?.map(|table| table.block.offset()) {
                    return Ok(());
                }
                // Only the insertion that makes it grow is to be seen.
                map.remove(heap, &key)?;
            }
            Ok(())
        };
        let reserve = |heap: &Heap, map: &mut Plain<[u64; 3]>| map.reserve(heap, 300);
        die_before_each_store(prepare, reserve, plain);
        if gone == 0 {
            die_before_each_store(prepare, insert, |heap, map| {
                let mut entries = plain(heap, map)?;
                entries.retain(|key, _| *key <= 1000);
                Ok(entries)
            });
        }
    }
}

/// The number of the store before which a process would have died when a value had replaced another one.
fn store_after_a_replacement<V: ShmSafe + Copy + PartialEq + Debug>(old: V, new: V) -> u64
where
    Plain<V>: PlacementDefault,
{
    let prepare = |heap: &Heap, map: &mut Plain<V>| _ = map.insert(heap, 1, old).expect("room");
    let insert = |heap: &Heap, map: &mut Plain<V>| Ok(_ = map.insert(heap, 1, new)?);
    // In a new generation the map would be bound anew, which takes stores too.
    let _alone = crate::region::alone();
    die_before_each_store(prepare, insert, plain)
}

#[test]
fn words_are_replaced_by_one_store() {
    assert_eq!(store_after_a_replacement(u8::MAX, 5), 2);
    assert_eq!(store_after_a_replacement(u16::MAX, 5), 2);
    assert_eq!(store_after_a_replacement(u32::MAX, 5), 2);
    assert_eq!(store_after_a_replacement(u64::MAX, 5), 2);
}

type Words = HashMap<String, Vec<u32>>;

fn words(heap: &Heap, map: &Words) -> Result<BTreeMap<std::string::String, std::vec::Vec<u32>>, HeapError> {
    map.iter(heap)?
        .map(|(key, list)| Ok((key.as_str(heap)?.to_owned(), list.as_slice(heap)?.to_owned())))
        .collect()
}

fn prepare_words(count: u32) -> impl Fn(&Heap, &mut Words) {
    move |heap, map| {
        for number in 0..count {
            map.insert(heap, &format!("key {number}"), [number, 2, 3]).expect("room");
        }
    }
}

#[test]
fn entries_that_own_something_come_and_go_whole() {
    let mut stores = 0;
    for count in [3, 17] {
        let prepare = prepare_words(count);
        let mut check = |operation: &dyn Fn(&Heap, &mut Words) -> Result<(), HeapError>| {
            stores += die_before_each_store(&prepare, operation, words);
        };
        check(&|heap, map| Ok(_ = map.insert(heap, "new", [9; 100])?));
        check(&|heap, map| Ok(_ = map.insert(heap, "key 1", [9; 100])?));
        check(&|heap, map| Ok(_ = map.entry(heap, "new")?.or_default()?));
        check(&|heap, map| {
            let own = Vec::from_slice(heap, &[1; 50])?;
            Ok(_ = map.insert(heap, String::from_str(heap, "own")?, own)?)
        });
        check(&|heap, map| {
            let own = Vec::from_slice(heap, &[1; 50])?;
            Ok(_ = map.insert(heap, String::from_str(heap, "key 2")?, own)?)
        });
        check(&|heap, map| map.remove(heap, "key 1").map(|_| ()));
        check(&|heap, map| map.remove_entry(heap, "key 2").map(|_| ()));
        check(&|heap, map| map.retain(heap, |_, list| list.as_slice(heap).expect("bound")[0] != 1));
        check(&|heap, map| map.clear(heap));
        check(&|heap, map| map.free(heap));
        check(&|heap, map| map.reserve(heap, 100));
    }
    assert!(stores > 500, "{stores} stores");
}

#[test]
fn lists_of_plain_keys_come_and_go_whole() {
    type Lists = HashMap<u32, Vec<u32>>;
    let prepare = |heap: &Heap, map: &mut Lists| {
        (0..7).for_each(|key| _ = map.insert(heap, key, [key, key]).expect("room"));
    };
    let view = |heap: &Heap, map: &Lists| {
        let entries = map.iter(heap)?.map(|(key, list)| Ok((*key, list.as_slice(heap)?.to_owned())));
        entries.collect::<Result<BTreeMap<_, _>, HeapError>>()
    };
    die_before_each_store(prepare, |heap, map| Ok(_ = map.insert(heap, 100, [1; 30])?), view);
    die_before_each_store(prepare, |heap, map| Ok(_ = map.insert(heap, 3, [1; 30])?), view);
    die_before_each_store(prepare, |heap, map| map.remove(heap, &3).map(|_| ()), view);
    die_before_each_store(prepare, |heap, map| map.clear(heap), view);
}
