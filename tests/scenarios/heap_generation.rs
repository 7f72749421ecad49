//! What begins a generation of a heap: whatever may have made a second container of the same bytes.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::heap::Heap;
use shmcore::process::{Child, fork_child};
use shmcore::{
    AttachError, PlacementDefault, ShmHeap, ShmMutex, ShmOptions, ShmRwLock, ShmSafe, create_shared,
};

use crate::heap::arena_of;
use crate::holders::must_succeed;
use crate::place::Place;
use crate::victims::in_raw_fork;

fn anonymous<Root: PlacementDefault>() -> ShmHeap<Root> {
    ShmOptions::anonymous().create_heap(5000).expect("created")
}

/// The file of a heap, and where its generation lies there.
fn generation_in(heap: &Heap) -> (File, u64) {
    let file = File::from(heap.try_clone_fd().expect("cloned"));
    let offset = arena_of(&file).1;
    (file, offset)
}

fn generation(heap: &Heap) -> u64 {
    let (file, offset) = generation_in(heap);
    let mut word = [0; 8];
    file.read_exact_at(&mut word, offset).expect("read");
    u64::from_ne_bytes(word)
}

/// Leaves a heap with one generation before its end, or none.
fn set_count(heap: &Heap, left: u32) {
    let (file, offset) = generation_in(heap);
    let word = generation(heap) | u64::from(u32::MAX);
    file.write_all_at(&(word - u64::from(left)).to_ne_bytes(), offset).expect("written");
}

/// Dies in a child.
fn die_in(f: impl FnOnce()) -> Child {
    let child = fork_child(|| {
        f();
        std::process::abort();
    });
    let child = child.expect("forked");
    child.wait().expect("waited for");
    child
}

pub(crate) fn generation_is_of_63_bits_with_an_id() {
    let heap = anonymous::<u64>();
    let word = generation(&heap);
    assert_eq!(word >> 63, 0, "{word:#x}");
    assert_ne!(word >> 32, 0, "{word:#x}");
    assert!(format!("{heap:?}").contains(&format!("{word:#x}")), "{heap:?}");
    assert_ne!(word >> 32, generation(&anonymous::<u64>()) >> 32);
}

pub(crate) fn each_fork_begins_a_generation_of_every_heap() {
    let (one, other) = (anonymous::<u64>(), anonymous::<[u64; 9]>());
    let before = (generation(&one), generation(&other));
    let seen = create_shared::<[AtomicU64; 2]>().expect("created");
    for forks in 1..5 {
        let child = fork_child(|| {
            seen[0].store(generation(&one), Relaxed);
            seen[1].store(generation(&other), Relaxed);
        });
        must_succeed(&child.expect("forked"));
        let wanted = (before.0 + forks, before.1 + forks);
        assert_eq!((seen[0].load(Relaxed), seen[1].load(Relaxed)), wanted);
        assert_eq!((generation(&one), generation(&other)), wanted);
    }
    let before = generation(&one);
    in_raw_fork(|| {
        assert_eq!(generation(&one), before + 1);
        in_raw_fork(|| assert_eq!(generation(&one), before + 2));
    });
    assert_eq!(generation(&one), before + 2);
    drop(other);
    must_succeed(&fork_child(|| ()).expect("forked"));
    assert_eq!(generation(&one), before + 3);
}

/// A process that never had a heap knows no container. One that had, may have forked without the heap since.
pub(crate) fn opening_begins_a_generation_where_there_was_a_heap_before() {
    let _place = Place::new();
    let heap = ShmOptions::new("heap").create_heap::<AtomicU64>(5000).expect("created");
    let first = generation(&heap);
    for round in 1..3 {
        let mut peer = Command::new(std::env::current_exe().expect("known"));
        assert!(peer.arg("heap_generation::opening_peer").status().expect("run").success());
        // It opens three times, and begins a generation at the second and the third.
        assert_eq!(generation(&heap), first + 2 * round);
    }
    let before = generation(&heap);
    let same = ShmOptions::new("heap").open_heap::<AtomicU64>().expect("opened");
    assert_eq!(generation(&heap), before + 1);
    let again = ShmHeap::<AtomicU64>::from_fd(same.try_clone_fd().expect("cloned")).expect("attached");
    assert_eq!(generation(&heap), before + 2);
    drop((same, again, heap.clone()));
    assert_eq!(generation(&heap), before + 2);
    // What a process had, its children had; also if it is no longer there when they are forked.
    drop(heap);
    let child = fork_child(|| {
        let heap = ShmOptions::new("heap").open_heap::<AtomicU64>().expect("opened");
        assert_eq!(generation(&heap), before + 3);
    });
    must_succeed(&child.expect("forked"));
    // It is the first heap that counts, and not this one.
    let other = ShmOptions::new("other").create_heap::<AtomicU64>(1).expect("created");
    let created = generation(&other);
    drop(other);
    let other = ShmOptions::new("other").open_heap::<AtomicU64>().expect("opened");
    assert_eq!(generation(&other), created + 1);
}

/// Another program, in which no heap was before.
pub(crate) fn opening_peer() {
    let open = || ShmOptions::new("heap").open_heap::<AtomicU64>().expect("opened");
    let heap = open();
    let first = generation(&heap);
    drop(open());
    assert_eq!(generation(&heap), first + 1);
    drop(heap);
    assert_eq!(generation(&open()), first + 2);
}

#[derive(ShmSafe)]
#[repr(C)]
struct Locks {
    mutex: ShmMutex<u64>,
    lock: ShmRwLock<u64>,
}

/// The child's fork begins one, and whoever locks first begins another, before it has the value.
pub(crate) fn value_of_a_dead_holder_begins_a_generation() {
    let heap = anonymous::<Locks>();
    let other = anonymous::<u64>();
    let Locks { mutex, lock } = heap.root();
    let demand_one = |what: &str, lock: &dyn Fn()| {
        let before = (generation(&heap), generation(&other));
        lock();
        assert_eq!((generation(&heap), generation(&other)), (before.0 + 1, before.1 + 1), "{what}");
        lock();
        assert_eq!((generation(&heap), generation(&other)), (before.0 + 1, before.1 + 1), "{what}, again");
    };
    die_in(|| std::mem::forget(mutex.lock()));
    demand_one("lock", &|| drop(mutex.lock().expect_err("poisoned")));
    mutex.clear_poison();
    die_in(|| std::mem::forget(mutex.lock()));
    demand_one("try_lock", &|| drop(mutex.try_lock().expect_err("poisoned")));

    die_in(|| std::mem::forget(lock.write()));
    demand_one("read", &|| drop(lock.read().expect_err("poisoned")));
    lock.clear_poison();
    die_in(|| std::mem::forget(lock.write()));
    demand_one("write", &|| drop(lock.write().expect_err("poisoned")));

    // A container may have lain behind a lock outside its heap.
    let outside = create_shared::<ShmMutex<u64>>().expect("created");
    die_in(|| std::mem::forget(outside.lock()));
    demand_one("a lock elsewhere", &|| drop(outside.lock().expect_err("poisoned")));

    // Who dies with a lock for reading, or lets go of what it had, has torn nothing.
    lock.clear_poison();
    mutex.clear_poison();
    let before = generation(&heap);
    die_in(|| std::mem::forget(lock.read()));
    die_in(|| drop(mutex.lock()));
    drop((lock.write().expect("in order"), mutex.lock().expect("in order")));
    assert_eq!(generation(&heap), before + 2);
}

pub(crate) fn heap_at_its_end_is_not_opened_and_ends_who_forks() {
    let place = Place::new();
    let heap = ShmOptions::new("heap").create_heap::<AtomicU64>(5000).expect("created");
    let open = || ShmOptions::new("heap").open_heap::<AtomicU64>();
    set_count(&heap, 1);
    open().expect("the last one");
    let last = generation(&heap);
    assert_eq!(last & u64::from(u32::MAX), u64::from(u32::MAX));
    let error = open().expect_err("at its end");
    assert!(matches!(error, AttachError::HeapAtEnd { .. }), "{error:?}");

    // A process of its own, which is ended by its next fork.
    set_count(&heap, 1);
    let child = fork_child(|| {
        std::panic::set_hook(Box::new(|_| ()));
        let _ = fork_child(|| heap.root().store(1, Relaxed));
        heap.root().store(2, Relaxed);
    });
    let status = child.expect("forked").wait().expect("waited for");
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{status}");
    assert_eq!(heap.root().load(Relaxed), 0, "neither of the two went on");
    assert_eq!(generation(&heap), last, "the id is what it was");

    // Who has no heap yet is told at once.
    drop(heap);
    let mut peer = Command::new(std::env::current_exe().expect("known"));
    assert!(peer.arg("heap_generation::late_peer").status().expect("run").success());
    let file = OpenOptions::new().read(true).open(place.of("heap"));
    assert!(file.is_ok(), "it is still there, for whoever wants to look at it");
}

/// Another program, which comes when the heap is at its end.
pub(crate) fn late_peer() {
    let error = ShmOptions::new("heap").open_heap::<AtomicU64>().expect_err("at its end");
    assert!(matches!(error, AttachError::HeapAtEnd { .. }), "{error:?}");
    assert!(error.to_string().contains("at its end"), "{error}");
    must_succeed(&fork_child(|| ()).expect("forked"));
}
