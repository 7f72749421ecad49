//! How many instructions the hot paths take, counted by callgrind. Unlike a time, a count is the same on a busy machine, so that what
//! makes a path longer shows at once. The limits are some 1.3 times what was counted: room for another compiler, not for a mistake.
//!
//! `cargo bench --bench instructions` prints a line for each path and fails above the limits; without valgrind it says that it has
//! skipped.

use std::hint::black_box;
use std::process::{Command, ExitCode};

use shmcore::heap::{self, BTreeMap, Box as HeapBox, HashMap};
use shmcore::{
    PlacementDefault, Shared, ShmHeap, ShmMap, ShmMutex, ShmOnceLock, ShmOptions, ShmRwLock, ShmSafe,
    ShmSemaphore, ShmSeqLock, ShmSlab, ShmVec, create_shared,
};

/// How often an operation is done to be counted.
const OPERATIONS: u64 = 2000;
/// Entries of the maps.
const ENTRIES: u64 = 1000;
/// The argument by which this program does one of the paths, in valgrind.
const PATH: &str = "--path";

/// Something that is done all the time.
struct Path {
    name: &'static str,
    /// Instructions that it may take.
    limit: u64,
    /// Makes what is needed and does it in [`counted`].
    run: fn(),
}

const PATHS: &[Path] = &[
    Path { name: "nothing", limit: 20, run: || counted(|_| ()) },
    Path { name: "read through a handle", limit: 10, run: read_through_a_handle },
    Path { name: "mutex: lock, unlock", limit: 62, run: lock },
    Path { name: "rwlock: read, unlock", limit: 90, run: read_lock },
    Path { name: "rwlock: write, unlock", limit: 70, run: write_lock },
    Path { name: "semaphore: acquire, release", limit: 50, run: acquire },
    Path { name: "semaphore: access, drop", limit: 220, run: access },
    Path { name: "once lock: get", limit: 16, run: get_once },
    Path { name: "seqlock of 64 bytes: read", limit: 40, run: read_seqlock },
    Path { name: "seqlock of 64 bytes: write", limit: 65, run: write_seqlock },
    Path { name: "fixed vector: push, pop", limit: 40, run: push_and_pop_fixed },
    Path { name: "fixed slab: insert, remove", limit: 140, run: insert_and_remove_in_slab },
    Path { name: "fixed map: get", limit: 65, run: get_fixed },
    Path { name: "fixed map: insert, remove", limit: 190, run: insert_and_remove_fixed },
    Path { name: "heap: box new, free", limit: 400, run: make_and_free },
    Path { name: "heap vector: push, pop", limit: 115, run: push_and_pop },
    Path { name: "heap vector: push, pop in a view", limit: 60, run: push_and_pop_in_a_view },
    Path { name: "heap queue: push, pop", limit: 130, run: push_back_and_pop_front },
    Path { name: "heap map: get", limit: 130, run: get },
    Path { name: "heap map: get in a view", limit: 90, run: get_in_a_view },
    Path { name: "heap map: insert, remove", limit: 290, run: insert_and_remove },
    Path { name: "heap tree: get", limit: 580, run: get_in_a_tree },
    Path { name: "heap tree: insert, remove", limit: 1400, run: insert_and_remove_in_a_tree },
    Path { name: "heap tree: an entry of all", limit: 90, run: iterate_over_a_tree },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == PATH) {
        let path = PATHS.iter().find(|path| arguments.get(at + 1).is_some_and(|name| name == path.name));
        (path.expect("the name of a path").run)();
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("!!! SKIPPED: valgrind is not installed: no instructions were counted");
        return ExitCode::SUCCESS;
    }
    println!("instructions of one operation");
    let counts: Vec<u64> = PATHS.iter().map(count).collect();
    // The first one is what all of them cost that is not their operation.
    let mut is_short = true;
    for (path, count) in PATHS.iter().zip(&counts) {
        let own = if path.name == PATHS[0].name { *count } else { count.saturating_sub(counts[0]) };
        println!("{:>28}: {:>4}  (limit {})", path.name, own.div_ceil(OPERATIONS), path.limit);
        is_short &= own <= path.limit * OPERATIONS;
    }
    if is_short { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The instructions of all operations of a path.
fn count(path: &Path) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_operations*"])
        .arg(program)
        .args([PATH, path.name])
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}\n{said}", path.name, output.status);
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let number = collected.and_then(|(_, number)| number.trim().parse().ok());
    number.unwrap_or_else(|| panic!("{}: valgrind has counted nothing:\n{said}", path.name))
}

/// Does an operation several times, with a number that is another one each time. What is done first of all is not counted.
fn counted(mut operation: impl FnMut(u64)) {
    (0..ENTRIES).for_each(&mut operation);
    counted_operations(&mut operation);
}

#[inline(never)]
fn counted_operations(operation: &mut dyn FnMut(u64)) {
    (0..OPERATIONS).for_each(operation);
}

fn created<T: ShmSafe + PlacementDefault>() -> Shared<T> {
    create_shared().expect("created")
}

fn read_through_a_handle() {
    let number = created::<u64>();
    counted(|_| _ = black_box(*number));
}

fn lock() {
    let mutex = created::<ShmMutex<u64>>();
    counted(|number| *mutex.lock().expect("nobody dies") += number);
}

fn read_lock() {
    let lock = created::<ShmRwLock<u64>>();
    counted(|_| _ = black_box(*lock.read().expect("nobody dies")));
}

fn write_lock() {
    let lock = created::<ShmRwLock<u64>>();
    counted(|number| *lock.write().expect("nobody dies") += number);
}

fn acquire() {
    let semaphore = created::<ShmSemaphore>();
    semaphore.release();
    counted(|_| {
        semaphore.acquire();
        semaphore.release();
    });
}

fn access() {
    let semaphore = created::<ShmSemaphore>();
    semaphore.release();
    counted(|_| drop(black_box(semaphore.access())));
}

fn get_once() {
    let once = created::<ShmOnceLock<u64>>();
    once.set(5).expect("the first one");
    counted(|_| _ = black_box(once.get()));
}

fn read_seqlock() {
    let lock = created::<ShmSeqLock<[u64; 8]>>();
    counted(|_| _ = black_box(lock.read()));
}

fn write_seqlock() {
    let lock = created::<ShmSeqLock<[u64; 8]>>();
    counted(|number| lock.write([number; 8]));
}

fn push_and_pop_fixed() {
    let vector = created::<ShmMutex<ShmVec<u64, 64>>>();
    let mut vector = vector.lock().expect("nobody dies");
    counted(|number| {
        vector.push(number).expect("room");
        black_box(vector.pop());
    });
}

fn insert_and_remove_in_slab() {
    let slab = created::<ShmMutex<ShmSlab<u64, 64>>>();
    let mut slab = slab.lock().expect("nobody dies");
    counted(|number| {
        let handle = slab.insert(number).expect("room");
        black_box(slab.remove(handle));
    });
}

/// A map with room for [`ENTRIES`] and some more.
type Fixed = ShmMutex<ShmMap<u64, u64, 1024>>;

fn get_fixed() {
    let map = created::<Fixed>();
    let mut map = map.lock().expect("nobody dies");
    for number in 0..ENTRIES {
        map.insert(number, number).expect("room");
    }
    counted(|number| _ = black_box(map.get(&(number % ENTRIES))));
}

fn insert_and_remove_fixed() {
    let map = created::<Fixed>();
    let mut map = map.lock().expect("nobody dies");
    for number in 0..ENTRIES / 2 {
        map.insert(number, number).expect("room");
    }
    counted(|number| {
        map.insert(number, number).expect("room");
        black_box(map.remove(&(number / 2)));
    });
}

fn heap_of<T: ShmSafe + PlacementDefault>() -> ShmHeap<ShmMutex<T>> {
    ShmOptions::anonymous().create_heap(1 << 20).expect("created")
}

fn make_and_free() {
    let heap = heap_of::<[HeapBox<u64>; 2]>();
    let mut root = heap.root().lock().expect("nobody dies");
    // The first block of a size, and the last one, take longer.
    let [other, boxed] = &mut *root;
    other.set(&heap, 0).expect("room");
    counted(|number| {
        boxed.set(&heap, number).expect("room");
        boxed.free(&heap).expect("in order");
    });
}

fn push_and_pop() {
    let heap = heap_of::<heap::Vec<u64>>();
    let mut vector = heap.root().lock().expect("nobody dies");
    vector.reserve(&heap, 8).expect("room");
    counted(|number| {
        vector.push(&heap, number).expect("room");
        _ = black_box(vector.pop(&heap));
    });
}

fn push_back_and_pop_front() {
    let heap = heap_of::<heap::VecDeque<u64>>();
    let mut queue = heap.root().lock().expect("nobody dies");
    queue.extend(&heap, 0..4).expect("room");
    counted(|number| {
        queue.push_back(&heap, number).expect("room");
        _ = black_box(queue.pop_front(&heap));
    });
}

fn push_and_pop_in_a_view() {
    let heap = heap_of::<heap::Vec<u64>>();
    let mut vector = heap.root().lock().expect("nobody dies");
    vector.reserve(&heap, 8).expect("room");
    let mut view = vector.view_mut(&heap).expect("in order");
    counted(|number| {
        black_box(&mut view).push(number).expect("room");
        _ = black_box(view.pop());
    });
}

fn get_in_a_view() {
    let heap = heap_of::<HashMap<u64, u64>>();
    let mut map = heap.root().lock().expect("nobody dies");
    for number in 0..ENTRIES {
        map.insert(&heap, number, number).expect("room");
    }
    let view = map.view(&heap).expect("in order");
    counted(|number| _ = black_box(black_box(&view).get(&(number % ENTRIES))));
}

fn get() {
    let heap = heap_of::<HashMap<u64, u64>>();
    let mut map = heap.root().lock().expect("nobody dies");
    for number in 0..ENTRIES {
        map.insert(&heap, number, number).expect("room");
    }
    counted(|number| _ = black_box(map.get(&heap, &(number % ENTRIES))));
}

fn insert_and_remove() {
    let heap = heap_of::<HashMap<u64, u64>>();
    let mut map = heap.root().lock().expect("nobody dies");
    map.reserve(&heap, 2 * usize::try_from(ENTRIES).expect("small")).expect("room");
    counted(|number| {
        map.insert(&heap, number, number).expect("room");
        _ = black_box(map.remove(&heap, &(number / 2)));
    });
}

fn tree() -> ShmHeap<ShmMutex<BTreeMap<u64, u64>>> {
    let heap = heap_of::<BTreeMap<u64, u64>>();
    let mut tree = heap.root().lock().expect("nobody dies");
    for number in 0..ENTRIES {
        // Not in order, so that nodes are as full as they mostly are.
        tree.insert(&heap, number * 7 % ENTRIES, number).expect("room");
    }
    drop(tree);
    heap
}

fn get_in_a_tree() {
    let heap = tree();
    let tree = heap.root().lock().expect("nobody dies");
    counted(|number| _ = black_box(tree.get(&heap, &(number % ENTRIES))));
}

fn insert_and_remove_in_a_tree() {
    let heap = tree();
    let mut tree = heap.root().lock().expect("nobody dies");
    counted(|number| {
        tree.insert(&heap, ENTRIES + number * 7 % ENTRIES, number).expect("room");
        _ = black_box(tree.remove(&heap, &(number / 2)));
    });
}

fn iterate_over_a_tree() {
    let heap = tree();
    let tree = heap.root().lock().expect("nobody dies");
    let mut entries = tree.iter(&heap).expect("in order");
    counted(|_| match entries.next() {
        Some(entry) => _ = black_box(entry),
        None => entries = tree.iter(&heap).expect("in order"),
    });
}
