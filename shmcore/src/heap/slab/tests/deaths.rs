//! Slabs whose changes are stopped before each of their stores, as by a kill.

use super::super::owns_heap_memory;
use super::{Owner, Sample, assert_sound, contents, free, get, heap_of};
use crate::heap::HeapError;
use crate::heap::access::Access;
use crate::heap::raw::die_before;
use crate::heap::slab::{Handle, Heap, Slab};

/// What is done to a slab of four values, of which the second and the third were removed, or to one that is full.
type Change<T> = fn(&mut Slab<T>, &Heap, [Handle<T>; 4]) -> Result<(), HeapError>;

fn prepared<T: Sample>(slab: &mut Slab<T>, heap: &Heap, is_full: Fullness) -> [Handle<T>; 4] {
    let handles = [10, 11, 12, 13].map(|number| T::insert(slab, heap, number).expect("room"));
    if is_full == Fullness::Gaps {
        for handle in [handles[1], handles[2]] {
            free(slab.remove(heap, handle).expect("bound"), heap);
        }
    }
    handles
}

#[derive(Clone, Copy, PartialEq)]
enum Fullness {
    Gaps,
    Full,
}

/// Kills a change before each of its stores. What is found is one of the `states`, and at the end all of it can be freed.
fn die_before_each_store<T: Sample>(
    fullness: Fullness,
    states: &[&[u64]],
    leaves_own: usize,
    change: Change<T>,
) -> u64 {
    for store in 1.. {
        let heap = heap_of::<Slab<T>>();
        let mut slab = heap.root().lock().expect("in order");
        let handles = prepared(&mut slab, &heap, fullness);
        let blocks_of_one = usize::from(owns_heap_memory(T::LAYOUT)) * 2;
        let is_done = die_before(store, heap.words(), || change(&mut slab, &heap, handles).expect("room"));
        let held = held_blocks(&heap);
        crate::region::note_torn();

        let found = contents(&slab, &heap);
        let mut numbers: std::vec::Vec<_> = found.values().copied().collect();
        numbers.sort_unstable();
        assert!(states.contains(&&*numbers), "{numbers:?} after death before store {store}");
        assert!(!is_done || numbers == states[states.len() - 1], "{numbers:?}");
        let own = heap.check().expect("in order").blocks - 1 - found.len() * blocks_of_one;
        assert_eq!(
            own, held,
            "what was removed is freed by who binds the slab after death before store {store}"
        );
        for (handle, number) in handles.into_iter().zip(10..) {
            assert!([None, Some(number)].contains(&get(&slab, &heap, handle)));
        }
        // Every place is used again, and finds what was put there.
        let used = slab.slots(&heap).expect("bound").expect("there").used();
        let mut all = found;
        while slab.len(&heap).expect("bound") + 1 < used {
            let handle = T::insert(&mut slab, &heap, 99).expect("room");
            assert_eq!(all.insert(handle, 99), None, "a handle that was returned before");
            assert!(!handles.contains(&handle));
        }
        assert_eq!(slab.slots(&heap).expect("bound").expect("there").used(), used, "a place was lost");
        assert_eq!(contents(&slab, &heap), all);
        assert_sound(&slab, &heap);
        let blocks = heap.check().expect("in order").blocks;
        let own = blocks - 1 - all.len() * blocks_of_one;
        assert!(own <= leaves_own, "{own} blocks leak after death before store {store}");
        // It is known whose they were.
        assert_eq!(own, held, "death before store {store}");
        slab.free(&heap).expect("bound");
        assert_eq!(heap.check().expect("in order").blocks, own);
        if is_done {
            return store;
        }
    }
    unreachable!("it is done")
}

/// How many blocks are a process's own.
fn held_blocks(heap: &Heap) -> usize {
    let mut held = 0;
    let access = Access::new(heap).expect("in order");
    access.each_block(|block| held += usize::from(block.holder() != 0));
    held
}

fn is_atomic<T: Sample>(owned: usize) -> u64 {
    use Fullness::{Full, Gaps};
    let insert: Change<T> = |slab, heap, _| T::insert(slab, heap, 14).map(drop);
    let remove: Change<T> = |slab, heap, handles| {
        let removed = slab.remove(heap, handles[0])?;
        free(removed, heap);
        Ok(())
    };
    let retain: Change<T> = |slab, heap, _| slab.retain(heap, |_, value| value.number(heap) % 2 == 0);
    let clear: Change<T> = |slab, heap, _| slab.clear(heap);
    let grow: Change<T> = |slab, heap, _| slab.reserve(heap, 100);
    [
        // What was made for the insertion is this process's own before, and so is what was removed.
        die_before_each_store(Gaps, &[&[10, 13], &[10, 13, 14]], owned, insert),
        die_before_each_store(Full, &[&[10, 11, 12, 13], &[10, 11, 12, 13, 14]], owned, insert),
        die_before_each_store(Gaps, &[&[10, 13], &[13]], owned, remove),
        die_before_each_store(Full, &[&[10, 11, 12, 13], &[11, 12, 13]], owned, remove),
        die_before_each_store(Full, &[&[10, 11, 12, 13], &[10, 12, 13], &[10, 12]], 0, retain),
        die_before_each_store(Gaps, &[&[10, 13], &[13], &[]], 0, clear),
        die_before_each_store(Full, &[&[10, 11, 12, 13]], 0, grow),
    ]
    .into_iter()
    .sum()
}

#[test]
fn death_before_any_store_leaves_each_value_there_or_gone() {
    let numbers = is_atomic::<u64>(0);
    let owners = is_atomic::<Owner>(2);
    assert!(numbers > 40 && owners > 200, "{numbers} and {owners} points");
}

#[test]
fn death_inside_the_first_insertion_leaves_an_empty_slab() {
    for store in 1.. {
        let heap = heap_of::<Slab<u64>>();
        let mut slab = heap.root().lock().expect("in order");
        let is_done = die_before(store, heap.words(), || _ = slab.insert(&heap, 1).expect("room"));
        crate::region::note_torn();
        let found = contents(&slab, &heap).len();
        let handle = slab.insert(&heap, 2).expect("room");
        assert_eq!(contents(&slab, &heap).len(), found + 1);
        assert_eq!((handle.index() as usize, get(&slab, &heap, handle)), (found, Some(2)));
        slab.free(&heap).expect("bound");
        assert_eq!(heap.used(), 0);
        if is_done {
            assert_eq!(found, 1);
            return;
        }
    }
}
