//! A heap with one container of each kind, into which something else has written: what uses it gets errors, or goes on. Nothing
//! panics, hangs or reaches outside the region, before which and behind which nothing is mapped.
#![no_main]

mod operations;

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;

use libfuzzer_sys::fuzz_target;
use shmcore::heap::{self, Heap, HeapError};
use shmcore::{ShmHeap, ShmMutex, ShmOptions, ShmSafe};

#[derive(ShmSafe)]
#[repr(C)]
struct Root {
    numbers: heap::Vec<u32>,
    names: heap::Vec<heap::String>,
    kinds: heap::Vec<bool>,
    boxed: heap::Box<heap::Vec<u16>>,
    jobs: heap::VecDeque<heap::String>,
    ring: heap::VecDeque<u64>,
    map: heap::HashMap<u64, heap::String>,
    by_name: heap::HashMap<heap::String, u32>,
    set: heap::HashSet<u32>,
    slab: heap::Slab<heap::String>,
    tree: heap::BTreeMap<u32, heap::String>,
    names_in_order: heap::BTreeSet<heap::String>,
}

type Shared = ShmHeap<ShmMutex<Root>>;

/// Bytes on each side of the region at which nothing can be read.
const GUARD: usize = 1 << 20;
/// Where the region's header says where its value lies.
const VALUE_AT: u64 = 120;
/// The place of the heap's lock in its arena.
const LOCK_AT: u64 = 64;
/// A process that is not there: the number 4194000, which no machine with the usual limit has.
const DEAD: u64 = 4_194_000 << 25 | 5;

/// The input, byte by byte; zeroes behind its end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes([(); 8].map(|()| self.next()))
    }

    fn half(&mut self) -> u64 {
        u64::from(self.next()) << 8 | u64::from(self.next())
    }
}

/// Memory of which nothing can be read, on both sides of a region. The region may not be unmapped before.
struct Guards([usize; 2]);

impl Guards {
    fn around(start: usize, len: usize) -> Self {
        Self([start - GUARD, start + len.next_multiple_of(4096)].map(|at| {
            let kind =
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED_NOREPLACE;
            // SAFETY: nothing that is mapped is replaced (mmap(2)).
            let mapped = unsafe { libc::mmap(at as *mut _, GUARD, libc::PROT_NONE, kind, -1, 0) };
            // Where something is mapped already, it stays.
            if mapped == libc::MAP_FAILED { 0 } else { at }
        }))
    }
}

impl Drop for Guards {
    fn drop(&mut self) {
        for at in self.0.into_iter().filter(|&at| at != 0) {
            // SAFETY: it was mapped in `around`, and nobody has a pointer to it (munmap(2)).
            unsafe { libc::munmap(at as *mut _, GUARD) };
        }
    }
}

fn fill(heap: &Heap, root: &mut Root) -> Result<(), HeapError> {
    root.numbers.extend_from_slice(heap, &[1; 40])?;
    root.kinds.extend_from_slice(heap, &[true; 9])?;
    root.boxed.set(heap, [1_u16, 2, 3])?;
    for (number, name) in (0..).zip(["one", "two", "three", "a name of more than sixteen bytes"]) {
        root.names.push(heap, name)?;
        root.jobs.push_front(heap, name)?;
        root.ring.push_back(heap, number)?;
        root.map.insert(heap, number, name)?;
        root.by_name.insert(heap, name, 7).map_err(HeapError::from)?;
        root.set.insert(heap, name.len() as u32)?;
        root.slab.insert(heap, name)?;
        root.names_in_order.insert(heap, name).map_err(HeapError::from)?;
    }
    for number in 0..40 {
        root.tree.insert(heap, number * 2, "of the tree")?;
    }
    Ok(())
}

fn read(file: &File, at: u64) -> u64 {
    let mut word = [0; 8];
    file.read_exact_at(&mut word, at).expect("read");
    u64::from_ne_bytes(word)
}

fn write(file: &File, at: u64, word: u64) {
    file.write_all_at(&word.to_ne_bytes(), at).expect("written");
}

/// Writes over a word: anything, a small number, or something like what is there or elsewhere.
fn damage_word(file: &File, at: u64, elsewhere: u64, bytes: &mut Bytes<'_>) {
    let value = match bytes.next() % 6 {
        0 => bytes.word(),
        1 => u64::from(bytes.next()),
        2 => read(file, at) ^ 1 << (bytes.next() % 64),
        3 => read(file, at).wrapping_add_signed(i64::from(bytes.next() as i8)),
        4 => read(file, at) ^ u64::from(bytes.next()) << 32,
        _ => read(file, elsewhere),
    };
    write(file, at, value);
}

/// Writes over words from `start` to `end`.
fn damage(file: &File, start: u64, end: u64, bytes: &mut Bytes<'_>) {
    let place = |bytes: &mut Bytes<'_>| start + bytes.half() % ((end - start) / 8) * 8;
    for _ in 0..=bytes.next() % 4 {
        let (at, elsewhere) = (place(bytes), place(bytes));
        damage_word(file, at, elsewhere, bytes);
    }
}

/// Writes over the first words in the blocks of the containers of a root.
fn damage_blocks(file: &File, root_at: u64, len: u64, bytes: &mut Bytes<'_>) {
    for _ in 0..=bytes.next() % 4 {
        let place = |bytes: &mut Bytes<'_>| {
            let container = u64::from(bytes.next()) % (size_of::<Root>() as u64 / 24);
            let block = read(file, root_at + container * 24);
            block.min(len - 128) / 8 * 8 + u64::from(bytes.next() % 8) * 8
        };
        let (at, elsewhere) = (place(bytes), place(bytes));
        damage_word(file, at, elsewhere, bytes);
    }
}

fuzz_target!(|input: &[u8]| {
    let mut bytes = Bytes(input);
    let heap: Shared = ShmOptions::anonymous().create_heap(96 << 10).expect("created");
    let file = File::from(heap.try_clone_fd().expect("cloned"));
    let len = file.metadata().expect("known").len();
    let value_at = read(&file, VALUE_AT);
    let start = std::ptr::from_ref(heap.root()).addr() - value_at as usize;
    let _guards = Guards::around(start, len as usize);

    let mut root = heap.root().lock().expect("in order");
    fill(&heap, &mut root).expect("room");
    let inside = (std::ptr::from_ref(&*root).addr() - start) as u64;
    let arena_at = (value_at + size_of::<ShmMutex<Root>>() as u64).next_multiple_of(64);
    let how = bytes.next();
    match how & 3 {
        0 => damage(&file, inside, inside + size_of::<Root>() as u64, &mut bytes),
        // What is known of the pages, and the log; not the lock.
        1 => damage(&file, arena_at + 80, (arena_at + 4096).min(len), &mut bytes),
        2 => damage(&file, arena_at + 80, len, &mut bytes),
        _ => {
            damage(&file, inside, inside + size_of::<Root>() as u64, &mut bytes);
            damage(&file, arena_at + 80, len, &mut bytes);
        }
    }
    if how & 128 != 0 {
        damage_blocks(&file, inside, len, &mut bytes);
    }
    if how & 4 != 0 {
        // The heap's lock is held by a dead process, and its transaction may be under way.
        write(&file, arena_at + LOCK_AT, DEAD);
    }
    if how & 8 != 0 {
        // Whoever opens it again in a process that had it begins a generation.
        drop(Shared::from_fd(heap.try_clone_fd().expect("cloned")));
    }
    drop(root);
    if how & 64 != 0 {
        // Containers say that they are bound in the next generation already, which begins when values are looked at.
        for container in 0..size_of::<Root>() as u64 / 24 {
            let stamp = inside + container * 24 + 16;
            write(&file, stamp, read(&file, stamp).wrapping_add(1));
        }
    }
    if how & 16 != 0 {
        // So is the root, and its values may be torn.
        write(&file, value_at, DEAD);
    }
    let mut root = match heap.root().lock() {
        Ok(root) => root,
        Err(poison) if poison.is_torn() => return,
        Err(poison) => poison.into_inner(),
    };
    if how & 32 != 0 {
        heap.root().clear_poison();
    }
    while !bytes.0.is_empty() {
        // An error is as good as going on.
        let _ = black_box(operations::step(&heap, &mut root, &mut bytes));
    }
    let _ = black_box(heap.check());
});
