//! A heap with one container of each kind, into which something else has written: what uses it gets errors, or goes on. Nothing
//! panics, hangs or reaches outside the region, before which and behind which nothing is mapped.
#![no_main]

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
        let _ = black_box(step(&heap, &mut root, &mut bytes));
    }
    let _ = black_box(heap.check());
});

/// Uses one container, and reads all that it gives.
fn step(heap: &Heap, root: &mut Root, bytes: &mut Bytes<'_>) -> Result<usize, HeapError> {
    let number = bytes.next();
    let operation = bytes.next();
    let index = usize::from(bytes.next() % 8);
    match operation / 28 {
        0 => numbers(heap, root, operation % 28, index, u32::from(number)),
        1 => names(heap, &mut root.names, operation % 28, index),
        2 => others(heap, root, operation % 28, index),
        3 => jobs(heap, &mut root.jobs, operation % 28, index),
        4 => ring(heap, &mut root.ring, operation % 28, index, u64::from(number)),
        5 => map(heap, &mut root.map, operation % 28, u64::from(number % 8)),
        6 => by_name(heap, root, operation % 28, u32::from(number % 8)),
        7 => slab(heap, &mut root.slab, operation % 28, index),
        8 => tree(heap, &mut root.tree, operation % 28, u32::from(number % 80)),
        _ => in_order(heap, &mut root.names_in_order, operation, index),
    }
}

fn numbers(
    heap: &Heap,
    root: &mut Root,
    operation: u8,
    index: usize,
    number: u32,
) -> Result<usize, HeapError> {
    let numbers = &mut root.numbers;
    match operation % 13 {
        0 => numbers.push(heap, number)?,
        1 => drop(numbers.pop(heap)?),
        2 if index < numbers.len(heap)? => numbers.insert(heap, index, number)?,
        3 if index < numbers.len(heap)? => drop(numbers.remove(heap, index)?),
        4 if index < numbers.len(heap)? => drop(numbers.swap_remove(heap, index)?),
        5 => numbers.extend_from_slice(heap, &[number; 100])?,
        6 => numbers.shrink_to_fit(heap)?,
        7 => numbers.truncate(heap, index)?,
        8 => numbers.reserve(heap, index * 16)?,
        9 => numbers.as_mut_slice(heap)?.fill(number),
        10 => {
            let mut view = numbers.view_mut(heap)?;
            view.push(number)?;
            view.pop()?;
        }
        11 => numbers.clear(heap)?,
        _ => numbers.free(heap)?,
    }
    Ok(numbers.as_slice(heap)?.iter().map(|&number| number as usize).fold(0, usize::wrapping_add))
}

fn names(
    heap: &Heap,
    names: &mut heap::Vec<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    match operation % 9 {
        0 => names.push(heap, "pushed")?,
        1 => {
            if let Some(mut name) = names.pop(heap)? {
                name.free(heap)?;
            }
        }
        2 if index < names.len(heap)? => names.insert(heap, index, "inserted")?,
        3 if index < names.len(heap)? => names.swap_remove(heap, index)?.free(heap)?,
        4 => names.truncate(heap, index)?,
        5 => names.shrink_to_fit(heap)?,
        6 => {
            if let Some(name) = names.as_mut_slice(heap)?.get_mut(index) {
                name.push_str(heap, "and more than there is room for")?;
                name.pop(heap)?;
                name.shrink_to_fit(heap)?;
            }
        }
        7 => names.clear(heap)?,
        _ => names.free(heap)?,
    }
    names.iter(heap)?.try_fold(0, |sum, name| Ok(sum + sum_of(name.as_str(heap)?)))
}

/// So that each byte is read.
fn sum_of(text: &str) -> usize {
    text.bytes().map(usize::from).sum()
}

fn others(heap: &Heap, root: &mut Root, operation: u8, index: usize) -> Result<usize, HeapError> {
    match operation % 8 {
        0 => root.boxed.set(heap, [7_u16; 20])?,
        1 => drop(root.boxed.take(heap)?),
        2 => root.boxed.free(heap)?,
        3 => {
            if let Some(numbers) = root.boxed.get_mut(heap)? {
                numbers.extend_from_slice(heap, &[1; 50])?;
            }
        }
        4 => root.kinds.push(heap, true)?,
        5 if index < root.kinds.len(heap)? => root.kinds.truncate(heap, index)?,
        6 => heap.trim()?,
        _ => drop(heap.check()?),
    }
    // What has been written over a `bool` may be none, so none is read.
    let kinds = root.kinds.len(heap)?;
    let Some(numbers) = root.boxed.get(heap)? else { return Ok(kinds) };
    Ok(kinds + numbers.iter(heap)?.map(|&number| usize::from(number)).sum::<usize>())
}

fn jobs(
    heap: &Heap,
    jobs: &mut heap::VecDeque<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    match operation % 9 {
        0 => jobs.push_back(heap, "last")?,
        1 => jobs.push_front(heap, "first")?,
        2 => {
            if let Some(mut job) = jobs.pop_back(heap)? {
                job.free(heap)?;
            }
        }
        3 => {
            if let Some(mut job) = jobs.pop_front(heap)? {
                job.free(heap)?;
            }
        }
        4 => jobs.truncate(heap, index)?,
        5 => jobs.shrink_to_fit(heap)?,
        6 => jobs.reserve(heap, index * 4)?,
        7 => jobs.clear(heap)?,
        _ => jobs.free(heap)?,
    }
    jobs.iter(heap)?.try_fold(0, |sum, job| Ok(sum + sum_of(job.as_str(heap)?)))
}

fn ring(
    heap: &Heap,
    ring: &mut heap::VecDeque<u64>,
    operation: u8,
    index: usize,
    number: u64,
) -> Result<usize, HeapError> {
    match operation % 8 {
        0 => ring.push_back(heap, number)?,
        1 => ring.push_front(heap, number)?,
        2 => drop(ring.pop_back(heap)?),
        3 => drop(ring.pop_front(heap)?),
        4 => {
            if let Some(there) = ring.get_mut(heap, index)? {
                *there = number;
            }
        }
        5 => ring.extend(heap, 0..number)?,
        6 => ring.shrink_to_fit(heap)?,
        _ => ring.free(heap)?,
    }
    let (front, back) = ring.as_slices(heap)?;
    Ok(front.iter().chain(back).fold(0, |sum: usize, &number| sum.wrapping_add(number as usize)))
}

fn map(
    heap: &Heap,
    map: &mut heap::HashMap<u64, heap::String>,
    operation: u8,
    key: u64,
) -> Result<usize, HeapError> {
    match operation % 11 {
        0 => drop(map.insert(heap, key, "inserted")?),
        1 => {
            if let Some(mut name) = map.remove(heap, &key)? {
                name.free(heap)?;
            }
        }
        2 => map.retain(heap, |&there, _| there != key)?,
        3 => map.reserve(heap, key as usize * 8)?,
        4 => map.shrink_to_fit(heap)?,
        5 => map.clear(heap)?,
        6 => map.free(heap)?,
        7 => {
            if let Some(name) = map.get_mut(heap, &key)? {
                name.push_str(heap, "changed")?;
            }
        }
        8 => {
            let view = map.view(heap)?;
            return Ok(view.get(&key)?.is_some().into());
        }
        9 => {
            return map.drain(heap)?.take(2).try_fold(0, |sum: usize, entry| {
                let (key, mut name) = entry?;
                name.free(heap)?;
                Ok(sum.wrapping_add(key as usize))
            });
        }
        _ => drop(map.entry(heap, key)?.or_insert("entry")?),
    }
    map.iter(heap)?.try_fold(0, |sum: usize, (&key, name)| {
        Ok(sum.wrapping_add(key as usize).wrapping_add(sum_of(name.as_str(heap)?)))
    })
}

fn by_name(heap: &Heap, root: &mut Root, operation: u8, number: u32) -> Result<usize, HeapError> {
    let (map, set) = (&mut root.by_name, &mut root.set);
    let name = ["one", "two", "three", "four"][number as usize % 4];
    match operation % 12 {
        0 => drop(map.insert(heap, name, number).map_err(HeapError::from)?),
        1 => drop(map.remove(heap, name)?),
        2 => {
            if let Some((mut name, _)) = map.remove_entry(heap, name)? {
                name.free(heap)?;
            }
        }
        3 => map.retain(heap, |_, &mut there| there != number)?,
        4 => map.clear(heap)?,
        5 => map.free(heap)?,
        6 => map.shrink_to_fit(heap)?,
        7 => drop(set.insert(heap, number)?),
        8 => drop(set.remove(heap, &number)?),
        9 => set.reserve(heap, number as usize * 8)?,
        10 => set.clear(heap)?,
        _ => set.free(heap)?,
    }
    let sum = set.iter(heap)?.fold(0, |sum: usize, &number| sum.wrapping_add(number as usize));
    map.iter(heap)?.try_fold(sum, |sum, (name, &number)| {
        Ok(sum.wrapping_add(sum_of(name.as_str(heap)?)).wrapping_add(number as usize))
    })
}

fn slab(
    heap: &Heap,
    slab: &mut heap::Slab<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    match operation % 7 {
        0 => drop(slab.insert(heap, "inserted")?),
        1 => {
            let handle = slab.iter(heap)?.map(|(handle, _)| handle).nth(index);
            if let Some(mut name) = handle.map(|handle| slab.remove(heap, handle)).transpose()?.flatten() {
                name.free(heap)?;
            }
        }
        2 => slab.reserve(heap, index * 4)?,
        3 => slab.retain(heap, |_, name| name.len(heap).is_ok_and(|len| len > index))?,
        4 => slab.clear(heap)?,
        5 => {
            let handle = slab.iter(heap)?.map(|(handle, _)| handle).nth(index);
            if let Some(name) = handle.map(|handle| slab.get_mut(heap, handle)).transpose()?.flatten() {
                name.push_str(heap, "changed")?;
            }
        }
        _ => slab.free(heap)?,
    }
    slab.iter(heap)?.try_fold(0, |sum, (_, name)| Ok(sum + sum_of(name.as_str(heap)?)))
}

fn tree(
    heap: &Heap,
    tree: &mut heap::BTreeMap<u32, heap::String>,
    operation: u8,
    key: u32,
) -> Result<usize, HeapError> {
    match operation % 9 {
        0 | 1 => drop(tree.insert(heap, key, "inserted")?),
        2 | 3 => {
            if let Some(mut name) = tree.remove(heap, &key)? {
                name.free(heap)?;
            }
        }
        4 => {
            if let Some((_, mut name)) = tree.pop_first(heap)? {
                name.free(heap)?;
            }
        }
        5 => {
            if let Some((_, mut name)) = tree.pop_last(heap)? {
                name.free(heap)?;
            }
        }
        6 => {
            if let Some(name) = tree.get_mut(heap, &key)? {
                name.push_str(heap, "changed")?;
            }
        }
        7 => {
            return Ok(tree
                .range(heap, key..key + 20)?
                .rev()
                .map(|(&key, _)| key as usize)
                .fold(0, usize::wrapping_add));
        }
        _ => tree.free(heap)?,
    }
    tree.iter(heap)?.try_fold(0, |sum: usize, (&key, name)| {
        Ok(sum.wrapping_add(key as usize).wrapping_add(sum_of(name.as_str(heap)?)))
    })
}

fn in_order(
    heap: &Heap,
    names: &mut heap::BTreeSet<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    let name = ["one", "two", "three", "four", "five", "six", "seven", "eight"][index];
    match operation % 4 {
        0 => drop(names.insert(heap, name).map_err(HeapError::from)?),
        1 => drop(names.remove(heap, name)?),
        2 => {
            if let Some(mut first) = names.pop_first(heap)? {
                first.free(heap)?;
            }
        }
        _ => names.clear(heap)?,
    }
    names.iter(heap)?.try_fold(0, |sum, name| Ok(sum + sum_of(name.as_str(heap)?)))
}
