//! Ordered maps whose process dies before each of its stores, and whose next user dies as well.

use std::collections::BTreeMap as Model;
use std::fmt::Debug;

use super::{assert_is_tree, heap_of};
use crate::heap::access::Access;
use crate::heap::btree::BTreeMap;
use crate::heap::raw::dies;
use crate::heap::{Heap, HeapError, String, Vec};
use crate::{PlacementDefault, ShmSafe};

/// Who takes over dies before each of so many stores, each time other ones.
const STRIDE: usize = 7;

/// Lets an operation die before each of its stores, in a heap of its own each time. Then the map is as it was before or as it will be, and
/// nothing leaks but what the dead process has in its own memory. The number of stores.
fn die_before_each_store<K: ShmSafe, V: ShmSafe, M: PartialEq + Debug>(
    prepare: impl Fn(&Heap, &mut BTreeMap<K, V>),
    operation: impl Fn(&Heap, &mut BTreeMap<K, V>) -> Result<(), HeapError>,
    view: impl Fn(&Heap, &BTreeMap<K, V>) -> Result<M, HeapError>,
) -> u64
where
    BTreeMap<K, V>: PlacementDefault,
{
    let mut done = None;
    for stores in 0.. {
        let heap = heap_of::<BTreeMap<K, V>>(256 << 10);
        let mut map = heap.root().lock().expect("in order");
        prepare(&heap, &mut map);
        let before = view(&heap, &map).expect("bound");
        let has_ended = !dies(stores, || operation(&heap, &mut map).expect("room"));
        let done = done.get_or_insert_with(|| view(&heap, &map).expect("bound"));
        if !has_ended {
            heap.words().recover_after_death();
            crate::region::note_torn();
            // Who finds it dies before one of its first stores, then before a later one, and so on.
            for stores in (1 + stores % STRIDE as u64..).step_by(STRIDE) {
                let is_mended = !dies(stores, || drop(view(&heap, &map).expect("mended")));
                if is_mended {
                    break;
                }
                heap.words().recover_after_death();
                crate::region::note_torn();
            }
        }
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

type Plain = BTreeMap<u64, [u64; 3]>;
type Entries = Model<u64, [u64; 3]>;

fn plain(heap: &Heap, map: &Plain) -> Result<(usize, Entries), HeapError> {
    let entries: Model<_, _> = map.iter(heap)?.map(|(key, value)| (*key, *value)).collect();
    assert_eq!(entries.len(), map.len(heap)?);
    assert_is_tree(heap, map, false);
    Ok((map.len(heap)?, entries))
}

/// Even keys, up and then down, so that nodes are split at their ends and in the middle.
fn fill(count: u64) -> impl Fn(&Heap, &mut Plain) {
    move |heap, map| {
        for key in (0..count).filter(|key| key % 2 == 0).chain((0..count).rev().filter(|key| key % 2 == 1)) {
            map.insert(heap, 2 * key, [key; 3]).expect("room");
        }
    }
}

#[test]
fn plain_entries_come_and_go_whole() {
    let mut stores = 0;
    // No node; one; two levels, whose root will be gone or split; three levels.
    for count in [0, 1, 14, 15, 27, 250] {
        let mut check = |operation: &dyn Fn(&Heap, &mut Plain) -> Result<(), HeapError>| {
            stores += die_before_each_store(fill(count), operation, plain);
        };
        for key in (0..count).step_by(19) {
            check(&|heap, map| map.remove(heap, &(2 * key)).map(drop));
            check(&|heap, map| Ok(_ = map.insert(heap, 2 * key, [9; 3])?));
            check(&|heap, map| Ok(_ = map.insert(heap, 2 * key + 1, [9; 3])?));
        }
        check(&|heap, map| Ok(_ = map.insert(heap, 2 * count, [9; 3])?));
        check(&|heap, map| map.pop_first(heap).map(drop));
        check(&|heap, map| map.pop_last(heap).map(drop));
        check(&|heap, map| map.free(heap));
    }
    assert!(stores > 1000, "{stores} stores");
}

/// What a process leaves behind that dies in the middle of many operations is as after the last one that has ended, or with the next one.
#[test]
fn many_operations_die_anywhere() {
    let act = |heap: &Heap, map: &mut Plain, record: &mut dyn FnMut(&Entries)| {
        let (mut random, mut model) = (fastrand::Rng::with_seed(5), Model::new());
        for round in 0..700_u64 {
            let key = random.u64(..150);
            // It grows first, and shrinks then.
            if (random.u64(..700) > round) == (random.u8(..) < 220) {
                model.insert(key, [round; 3]);
                record(&model);
                map.insert(heap, key, [round; 3]).expect("room");
            } else {
                model.remove(&key);
                record(&model);
                map.remove(heap, &key).expect("bound");
            }
        }
    };
    let stores = {
        let heap = heap_of::<Plain>(256 << 10);
        let mut map = heap.root().lock().expect("in order");
        crate::heap::raw::count_stores(|| act(&heap, &mut map, &mut |_| ()))
    };
    assert!(stores > 1500, "{stores} stores");
    let mut deaths = 0;
    for store in (1..stores).step_by(5) {
        let heap = heap_of::<Plain>(256 << 10);
        let mut map = heap.root().lock().expect("in order");
        let (mut last, mut next) = (Model::new(), Model::new());
        let mut record = |model: &Model<_, _>| {
            last = std::mem::replace(&mut next, model.clone());
        };
        if !dies(store, || act(&heap, &mut map, &mut record)) {
            // Another test has begun a generation before, in which maps are bound anew.
            continue;
        }
        deaths += 1;
        heap.words().recover_after_death();
        crate::region::note_torn();
        let (_, entries) = plain_and_poor(&heap, &map);
        assert!(entries == last || entries == next, "before store {store}");
        // It is a tree that can be used.
        for key in 0..150 {
            map.insert(&heap, key, [1; 3]).expect("room");
        }
        for key in 0..150 {
            assert_eq!(map.remove(&heap, &key), Ok(Some([1; 3])));
        }
        map.free(&heap).expect("bound");
        assert_eq!(heap.check().expect("in order").blocks, 0);
    }
    assert!(deaths > 300, "{deaths} deaths");
}

/// A dead process may have left nodes with too few entries.
fn plain_and_poor(heap: &Heap, map: &Plain) -> (usize, Entries) {
    let entries: Model<_, _> = map.iter(heap).expect("bound").map(|(key, value)| (*key, *value)).collect();
    assert_eq!(entries.len(), map.len(heap).expect("bound"));
    assert_is_tree(heap, map, true);
    (entries.len(), entries)
}

type Words = BTreeMap<String, Vec<u32>>;

fn words(heap: &Heap, map: &Words) -> Result<Model<std::string::String, std::vec::Vec<u32>>, HeapError> {
    let entries: Model<_, _> = map
        .iter(heap)?
        .map(|(key, list)| Ok((key.as_str(heap)?.to_owned(), list.as_slice(heap)?.to_owned())))
        .collect::<Result<_, HeapError>>()?;
    assert_eq!(entries.len(), map.len(heap)?);
    Ok(entries)
}

#[test]
fn entries_that_own_something_come_and_go_whole() {
    let mut stores = 0;
    for count in [3, 14, 16] {
        let prepare = |heap: &Heap, map: &mut Words| {
            for number in 0..count {
                map.insert(heap, &format!("key {number:02}"), [number, 2, 3]).expect("room");
            }
        };
        let mut check = |operation: &dyn Fn(&Heap, &mut Words) -> Result<(), HeapError>| {
            stores += die_before_each_store(prepare, operation, words);
        };
        check(&|heap, map| Ok(_ = map.insert(heap, "key 00 and more", [9; 100])?));
        check(&|heap, map| Ok(_ = map.insert(heap, "last", [9; 100])?));
        check(&|heap, map| Ok(_ = map.insert(heap, "key 01", [9; 100])?));
        check(&|heap, map| {
            let own = Vec::from_slice(heap, &[1; 50])?;
            Ok(_ = map.insert(heap, String::from_str(heap, "own")?, own)?)
        });
        check(&|heap, map| {
            let own = Vec::from_slice(heap, &[1; 50])?;
            Ok(_ = map.insert(heap, String::from_str(heap, "key 02")?, own)?)
        });
        for number in (0..count).step_by(5) {
            let key = format!("key {number:02}");
            check(&|heap, map| map.remove(heap, key.as_str()).map(drop));
        }
        check(&|heap, map| map.remove_entry(heap, "key 02").map(drop));
        check(&|heap, map| map.pop_first(heap).map(drop));
        check(&|heap, map| map.pop_last(heap).map(drop));
        check(&|heap, map| map.free(heap));
    }
    assert!(stores > 1000, "{stores} stores");
}

#[test]
fn trees_in_trees_are_freed_with_all_they_own() {
    type Trees = BTreeMap<u32, BTreeMap<u32, String>>;
    let prepare = |heap: &Heap, map: &mut Trees| {
        for key in 0..3 {
            let mut inner = BTreeMap::new();
            (0..16).for_each(|key| _ = inner.insert(heap, key, "text").expect("room"));
            map.insert(heap, key, inner).expect("room");
        }
    };
    let view = |heap: &Heap, map: &Trees| {
        map.iter(heap)?
            .map(|(key, inner)| Ok((*key, inner.len(heap)?)))
            .collect::<Result<Model<_, _>, HeapError>>()
    };
    die_before_each_store(prepare, |heap, map| map.free(heap), view);
    let free_one = |heap: &Heap, map: &mut Trees| map.get_mut(heap, &2)?.expect("there").free(heap);
    die_before_each_store(prepare, free_one, view);
}
