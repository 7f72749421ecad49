//! Vectors against std's, in the heap and in this process's own memory.

use super::Vec;
use crate::heap::owned::Words;
use crate::heap::{Box, HeapError, String};
use crate::{ShmHeap, ShmMutex, ShmOptions};

fn heap_of<T: crate::PlacementDefault>() -> ShmHeap<ShmMutex<T>> {
    ShmOptions::anonymous().create_heap(1 << 20).expect("created")
}

#[test]
fn vector_grows_and_gives_back_what_it_had() {
    let heap = heap_of::<Vec<u64>>();
    let mut vec = heap.root().lock().expect("in order");
    for number in 0..10_000 {
        vec.push(&heap, number).expect("room");
    }
    assert!(vec.as_slice(&heap).expect("bound").iter().copied().eq(0..10_000));
    for number in (5000..10_000).rev() {
        assert_eq!(vec.pop(&heap), Ok(Some(number)));
    }
    assert_eq!(vec.remove(&heap, 10), Ok(10));
    assert_eq!(vec.swap_remove(&heap, 20), Ok(21));
    vec.insert(&heap, 3, 77).expect("room");
    assert_eq!(vec.len(&heap), Ok(4999));
    assert_eq!(vec.as_slice(&heap).expect("bound")[..6], [0, 1, 2, 77, 3, 4]);
    vec.shrink_to_fit(&heap).expect("room");
    assert!(vec.capacity(&heap).expect("bound") < 5200);
    vec.free(&heap).expect("bound");
    assert_eq!((heap.used(), vec.len(&heap)), (0, Ok(0)));
    heap.check().expect("in order");
}

#[test]
fn nested_contents_are_made_in_one_step_and_freed_with_their_container() {
    let heap = heap_of::<Vec<Vec<String>>>();
    let mut vec = heap.root().lock().expect("in order");
    for outer in 0..10 {
        vec.push(&heap, Vec::new()).expect("room");
        let inner = &mut vec.as_mut_slice(&heap).expect("bound")[outer];
        for number in 0..20 {
            inner.push(&heap, &format!("{outer} {number}")).expect("room");
        }
    }
    assert_eq!(
        vec.as_slice(&heap).expect("bound")[7].as_slice(&heap).expect("bound")[13].as_str(&heap),
        Ok("7 13")
    );
    let before = heap.check().expect("in order");
    assert_eq!(before.blocks, 1 + 10 + 200);
    vec.truncate(&heap, 5).expect("bound");
    assert_eq!(heap.check().expect("in order").blocks, 1 + 5 + 100);
    vec.free(&heap).expect("bound");
    assert_eq!(heap.check().expect("in order").blocks, 0);
}

#[test]
fn containers_are_moved_out_of_the_heap_and_into_it() {
    let heap = heap_of::<Vec<Vec<u32>>>();
    let mut own = Vec::new();
    own.push(&heap, 1).expect("room");
    own.push(&heap, 2).expect("room");
    assert_eq!(own.as_slice(&heap), Ok(&[1, 2][..]));
    let mut vec = heap.root().lock().expect("in order");
    vec.push(&heap, own).expect("room");
    vec.push(&heap, [3, 4, 5]).expect("room");
    assert_eq!(vec.as_slice(&heap).expect("bound")[0].as_slice(&heap), Ok(&[1, 2][..]));
    let mut out = vec.pop(&heap).expect("bound").expect("two");
    assert_eq!(out.as_slice(&heap), Ok(&[3, 4, 5][..]));
    // By hand, which nobody is told of.
    let mut taken = std::mem::take(&mut vec.as_mut_slice(&heap).expect("bound")[0]);
    assert_eq!(taken.as_slice(&heap), Ok(&[1, 2][..]));
    std::mem::swap(&mut vec.as_mut_slice(&heap).expect("bound")[0], &mut out);
    assert_eq!(vec.as_slice(&heap).expect("bound")[0].as_slice(&heap), Ok(&[3, 4, 5][..]));
    assert!(out.is_empty(&heap).expect("empty"));
    taken.free(&heap).expect("bound");
    vec.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn copy_of_a_container_is_an_error() {
    let heap = heap_of::<[Vec<u32>; 2]>();
    let mut pair = heap.root().lock().expect("in order");
    pair[0].push(&heap, 1).expect("room");
    // What a process leaves behind that is killed in the middle of a move, and what comes with that.
    let words = pair[0].owned.words();
    pair[1].owned.set(words);
    crate::region::note_torn();
    assert_eq!(pair[1].as_slice(&heap), Ok(&[1][..]), "the first one to be used has it");
    let stale = pair[0].as_slice(&heap);
    assert!(matches!(stale, Err(HeapError::NotTheOwner { .. })), "{stale:?}");
    assert!(matches!(pair[0].push(&heap, 2).map_err(HeapError::from), Err(HeapError::NotTheOwner { .. })));
    assert!(pair[0].free(&heap).is_err());
    pair[0] = Vec::new();
    pair[1].free(&heap).expect("bound");
    assert!(matches!(pair[1].as_slice(&heap), Ok([])));
    assert_eq!(heap.used(), 0);
}

#[test]
fn half_of_a_container_is_an_error() {
    let heap = heap_of::<[Vec<u32>; 2]>();
    let mut pair = heap.root().lock().expect("in order");
    pair[0].push(&heap, 1).expect("room");
    let words = pair[0].owned.words();
    // Its stamp was not written yet.
    pair[1].owned.set(Words { stamp: 0, ..words });
    crate::region::note_torn();
    let half = pair[1].as_slice(&heap);
    assert!(matches!(half, Err(HeapError::NotTheOwner { .. })), "{half:?}");
    assert_eq!(pair[0].as_slice(&heap), Ok(&[1][..]));
    pair[0].free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn stamp_that_was_torn_is_not_waited_for() {
    let heap = heap_of::<[Vec<u32>; 2]>();
    let mut pair = heap.root().lock().expect("in order");
    pair[0].push(&heap, 1).expect("room");
    let words = pair[0].owned.words();
    // Bytes of two words, as a death may leave them.
    pair[1].owned.set(Words { stamp: heap.generation() + 5, nonce: words.nonce + 1, ..words });
    crate::region::note_torn();
    for _ in 0..10 {
        let torn = pair[1].as_slice(&heap);
        assert!(matches!(torn, Err(HeapError::NotTheOwner { .. })), "{torn:?}");
        crate::region::note_torn();
    }
    pair[0].free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn other_heap_is_an_error() {
    let (heap, other) = (heap_of::<Vec<u32>>(), heap_of::<Vec<u32>>());
    let mut vec = heap.root().lock().expect("in order");
    vec.push(&heap, 1).expect("room");
    assert_eq!(vec.as_slice(&other), Err(HeapError::OtherHeap));
    assert_eq!(vec.push(&other, 1).map_err(|error| error.error()), Err(HeapError::OtherHeap));
    // Where the other heap's processes have it too.
    let moved = std::mem::take(&mut *vec);
    let mut elsewhere = other.root().lock().expect("in order");
    *elsewhere = moved;
    assert_eq!(elsewhere.as_slice(&heap), Err(HeapError::OtherHeap));
    *vec = std::mem::take(&mut *elsewhere);
    assert_eq!(vec.as_slice(&heap), Ok(&[1][..]));
    let mut boxed = Box::new(&other, 5).expect("room");
    assert_eq!(boxed.get(&heap), Err(HeapError::OtherHeap));
    assert_eq!(boxed.take(&other), Ok(Some(5)));
}

#[test]
fn full_heap_gives_the_value_back_and_stays_as_it_was() {
    let heap = heap_of::<Vec<String>>();
    let mut vec = heap.root().lock().expect("in order");
    let text = "x".repeat(5000);
    let full = loop {
        if let Err(full) = vec.push(&heap, text.as_str()) {
            break full;
        }
    };
    assert!(matches!(full.error(), HeapError::OutOfMemory { needed: 5056, .. }), "{full}");
    assert_eq!(full.into_inner(), text);
    let (used, len) = (heap.used(), vec.len(&heap).expect("bound"));
    assert_eq!(heap.check().expect("in order").blocks, len + 1);
    assert!(vec.push(&heap, &text).is_err());
    assert_eq!((heap.used(), vec.len(&heap)), (used, Ok(len)));
    vec.free(&heap).expect("bound");
    heap.trim().expect("in order");
    assert_eq!(heap.check().expect("in order").largest_free, heap.capacity());
}
