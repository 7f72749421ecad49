//! Containers of a heap that several processes use: what they own, who owns it after a fork and after a death, and what is refused.

use std::mem;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use shmcore::heap::{Box, HeapError, String, Vec};
use shmcore::process::{ForkError, fork_child};
use shmcore::{PlacementDefault, ShmHeap, ShmMutex, ShmOptions, ShmSafe, create_shared};

use crate::facts::wait_until;
use crate::holders::{kill, must_succeed};
use crate::place::Place;
use crate::victims::in_raw_fork;

fn anonymous<Root: PlacementDefault>(bytes: usize) -> ShmHeap<ShmMutex<Root>> {
    ShmOptions::anonymous().create_heap(bytes).expect("created")
}

fn is_not_the_owner<T>(result: &Result<T, HeapError>) -> bool {
    matches!(result, Err(HeapError::NotTheOwner { .. }))
}

pub(crate) fn two_processes_push_to_one_vector() {
    const EACH: u32 = 100_000;
    let heap = anonymous::<Vec<[u32; 2]>>(8 << 20);
    let push_all = |who: u32| {
        for number in 0..EACH {
            let mut vec = heap.root().lock().expect("nobody dies");
            vec.push(&heap, [who, number]).expect("room");
        }
    };
    let child = fork_child(|| push_all(1)).expect("forked");
    push_all(0);
    must_succeed(&child);
    let mut vec = heap.root().lock().expect("nobody has died");
    let elements = vec.as_slice(&heap).expect("bound");
    assert_eq!(elements.len(), 2 * EACH as usize);
    for who in 0..2 {
        let of_one = elements.iter().filter(|element| element[0] == who).map(|element| element[1]);
        assert!(of_one.eq(0..EACH), "each in the order in which it was pushed");
    }
    vec.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
    heap.check().expect("in order");
}

/// A container that was taken out of the heap by a plain move, of which nobody is told, is in the memory of parent and child after
/// a fork.
pub(crate) fn vector_taken_out_before_a_fork_is_owned_by_one_of_both() {
    let heap = anonymous::<Vec<u32>>(1 << 16);
    let outcomes = create_shared::<[AtomicU32; 2]>().expect("created");
    for child_is_first in [true, false] {
        heap.root().lock().expect("in order").extend_from_slice(&heap, &[1, 2, 3]).expect("room");
        // Not bound where it lies now, so that nobody knows of it.
        let mut taken = mem::take(&mut *heap.root().lock().expect("in order"));
        let turn = create_shared::<AtomicU32>().expect("created");
        let use_it = |taken: &mut Vec<u32>, who: usize| {
            let is_first = (who == 0) == child_is_first;
            wait_until(|| turn.load(Relaxed) == u32::from(!is_first));
            let found = taken.as_slice(&heap).map(<[u32]>::to_vec);
            let is_owner = found == Ok(vec![1, 2, 3]);
            assert!(is_owner || is_not_the_owner(&found), "{found:?}");
            assert_eq!(is_owner, is_first, "whoever is first is the owner");
            if is_owner {
                taken.push(&heap, 4).expect("room");
                taken.free(&heap).expect("bound");
            } else {
                assert!(is_not_the_owner(&taken.push(&heap, 4).map_err(HeapError::from)));
                assert!(is_not_the_owner(&taken.free(&heap)) && is_not_the_owner(&taken.pop(&heap)));
            }
            outcomes[who].store(u32::from(is_owner), Relaxed);
            turn.fetch_add(1, Relaxed);
        };
        let child = fork_child(|| use_it(&mut taken, 0));
        let child = child.expect("nobody knows that this process holds anything");
        use_it(&mut taken, 1);
        must_succeed(&child);
        assert_eq!(outcomes[0].load(Relaxed) + outcomes[1].load(Relaxed), 1);
        assert_eq!(heap.used(), 0);
    }
}

#[derive(ShmSafe)]
#[repr(C)]
struct Shelf {
    vec: Vec<u32>,
    nested: Vec<Vec<u32>>,
    boxed: Box<String>,
}

pub(crate) fn fork_is_refused_while_blocks_are_held() {
    let heap = anonymous::<Shelf>(1 << 16);
    let held = || match fork_child(|| ()) {
        Ok(child) => {
            must_succeed(&child);
            0
        }
        Err(ForkError::PrivateBlocks { count }) => count,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(held(), 0);
    let vec = |number| Vec::from_slice(&heap, &[number; 10]).expect("room");
    let (one, two) = (vec(1), vec(2));
    assert_eq!(held(), 2);
    // By a push, which tells of it.
    let mut shelf = heap.root().lock().expect("in order");
    shelf.nested.push(&heap, one).expect("room");
    // By a plain assignment, which does not, before the first use there.
    shelf.vec = two;
    drop(shelf);
    assert_eq!(held(), 1);
    assert_eq!(heap.root().lock().expect("in order").vec.as_slice(&heap), Ok(&[2; 10][..]));
    assert_eq!(held(), 0);

    // What comes out is held.
    let mut shelf = heap.root().lock().expect("in order");
    let mut popped = shelf.nested.pop(&heap).expect("bound").expect("one");
    drop(shelf);
    assert_eq!(held(), 1);
    popped.free(&heap).expect("bound");
    assert_eq!(held(), 0);
    let text = String::from_str(&heap, "text").expect("room");
    let boxed = Box::new(&heap, text).expect("room");
    assert_eq!(held(), 1, "the text is the box's");
    heap.root().lock().expect("in order").boxed = boxed;
    let mut shelf = heap.root().lock().expect("in order");
    assert_eq!(shelf.boxed.get(&heap).expect("bound").expect("full").as_str(&heap), Ok("text"));
    let taken = shelf.boxed.take(&heap).expect("bound").expect("full");
    drop(shelf);
    // One that is dropped is held for good: it has no destructor.
    let _ = taken;
    assert_eq!(held(), 1);
}

/// A child that is forked nevertheless has nothing of what its parent holds.
pub(crate) fn child_of_a_raw_fork_owns_nothing_that_its_parent_has_lent_out() {
    let heap = anonymous::<Vec<u32>>(1 << 16);
    let mut held = Vec::from_slice(&heap, &[5, 6]).expect("room");
    let copies = create_shared::<[AtomicU32; 2]>().expect("created");
    // The parent's block is found by its nonce in both, until one of them has bound it.
    assert_eq!(held.as_slice(&heap), Ok(&[5, 6][..]));
    in_raw_fork(|| copies[0].store(u32::from(is_not_the_owner(&held.as_slice(&heap))), Relaxed));
    copies[1].store(u32::from(is_not_the_owner(&held.as_slice(&heap))), Relaxed);
    assert_eq!(copies[0].load(Relaxed) + copies[1].load(Relaxed), 1, "one of them is");
    let _ = held.free(&heap);
    heap.check().expect("in order");
}

type Named = ShmMutex<Vec<String>>;

pub(crate) fn heap_of_a_killed_program_is_read_by_another() {
    let _place = Place::new();
    let mut peer = Command::new(std::env::current_exe().expect("known"));
    peer.arg("heap_containers::filling_peer").stdin(Stdio::piped());
    let mut peer = peer.spawn().expect("started");
    // It is there under its name when all is in it.
    wait_until(|| {
        let heap = ShmOptions::new("names").open_heap::<Named>();
        heap.is_ok_and(|heap| heap.root().lock().is_ok_and(|names| names.len(&heap) == Ok(1000)))
    });
    peer.kill().expect("killed");
    peer.wait().expect("waited for");
    let heap = ShmOptions::new("names").open_heap::<Named>().expect("opened");
    let mut names = heap.root().lock().unwrap_or_else(|_| panic!("it was killed while it waited"));
    for (number, name) in names.iter(&heap).expect("bound").enumerate() {
        assert_eq!(name.as_str(&heap), Ok(&*format!("name {number}")));
    }
    assert_eq!(heap.check().expect("in order").blocks, 1001);
    names.as_mut_slice(&heap).expect("bound")[7].push_str(&heap, ", and more").expect("room");
    assert_eq!(names.swap_remove(&heap, 7).expect("bound").as_str(&heap), Ok("name 7, and more"));
}

/// The program that is killed.
pub(crate) fn filling_peer() {
    let heap = ShmOptions::new("names").create_heap::<Named>(1 << 20).expect("created");
    let mut names = heap.root().lock().expect("nobody has died");
    for number in 0..1000 {
        names.push(&heap, &format!("name {number}")).expect("room");
    }
    drop(names);
    // Nothing comes: it is killed meanwhile.
    let _ = std::io::stdin().read_line(&mut std::string::String::new());
}

pub(crate) fn container_of_another_heap_is_an_error() {
    let (heap, other) = (anonymous::<Vec<Vec<u32>>>(1 << 16), anonymous::<Vec<Vec<u32>>>(1 << 16));
    heap.root().lock().expect("in order").push(&heap, [1, 2]).expect("room");
    // From one root into the other, as safe code may.
    let moved = mem::take(&mut *heap.root().lock().expect("in order"));
    *other.root().lock().expect("in order") = moved;
    let mut vec = other.root().lock().expect("in order");
    assert_eq!(vec.as_slice(&other).map(drop), Err(HeapError::OtherHeap));
    assert_eq!(vec.push(&other, [1]).map_err(HeapError::from), Err(HeapError::OtherHeap));
    assert_eq!(vec.free(&other), Err(HeapError::OtherHeap));
    // Nor with its own heap, which would not be told of a process that dies while it moves the vector there.
    assert_eq!(vec.as_slice(&heap).map(<[_]>::len), Err(HeapError::OtherHeap));
    let back = mem::take(&mut *vec);
    drop(vec);
    let mut vec = heap.root().lock().expect("in order");
    *vec = back;
    let popped = vec.pop(&heap).expect("bound").expect("one");
    let refused = other.root().lock().expect("in order").push(&other, popped).expect_err("another heap's");
    assert_eq!(refused.error(), HeapError::OtherHeap);
    refused.into_inner().free(&heap).expect("bound");
    // There is room for one already.
    assert_eq!(other.check().expect("in order").blocks, 1);
    other.root().lock().expect("in order").free(&other).expect("bound");
    vec.free(&heap).expect("bound");
    assert_eq!((heap.used(), other.used()), (0, 0));
}

/// Where a process dies that has bound containers in its own memory, what they own stays; the others' is as it was.
pub(crate) fn child_killed_with_a_vector_in_hand_leaves_the_heap_in_order() {
    let heap = anonymous::<Vec<String>>(1 << 16);
    for text in ["one", "two", "three"] {
        heap.root().lock().expect("in order").push(&heap, text).expect("room");
    }
    let has_it = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        let taken = mem::take(&mut *heap.root().lock().expect("in order"));
        assert_eq!(taken.len(&heap), Ok(3));
        has_it.store(1, Relaxed);
        crate::holders::wait_to_be_killed();
    });
    let child = child.expect("forked");
    wait_until(|| has_it.load(Relaxed) == 1);
    kill(&child);
    let mut vec = heap.root().lock().expect("nobody has died with it");
    assert_eq!(vec.len(&heap), Ok(0));
    vec.push(&heap, "four").expect("room");
    assert_eq!(heap.check().expect("in order").blocks, 4 + 2);
    vec.free(&heap).expect("bound");
    assert_eq!(heap.check().expect("in order").blocks, 4, "what the child had");
}
