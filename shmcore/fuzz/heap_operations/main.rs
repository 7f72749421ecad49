//! Containers of a heap: operations that are read from bytes do what they do to those of std, also across generations; and once
//! bytes have been written over the heap, they are errors, or go on.
#![no_main]

use std::fs::File;
use std::os::unix::fs::FileExt;

use libfuzzer_sys::fuzz_target;
use shmcore::heap::{Heap, HeapError, String, Vec};
use shmcore::{ShmHeap, ShmMutex, ShmOptions, ShmSafe};

#[derive(ShmSafe)]
#[repr(C)]
struct Root {
    numbers: Vec<u32>,
    names: Vec<String>,
    nested: Vec<Vec<u32>>,
}

#[derive(Default)]
struct Twin {
    numbers: std::vec::Vec<u32>,
    names: std::vec::Vec<std::string::String>,
    nested: std::vec::Vec<std::vec::Vec<u32>>,
}

type Shared = ShmHeap<ShmMutex<Root>>;

/// The input, byte by byte; zeroes behind its end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn index(&mut self, end: usize) -> usize {
        usize::from(self.next()) % end
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes([(); 8].map(|()| self.next()))
    }
}

/// Does one thing to both. If the heap is full, nothing has changed.
fn step(heap: &Heap, root: &mut Root, twin: &mut Twin, bytes: &mut Bytes<'_>) -> Result<(), HeapError> {
    let number = u32::from(bytes.next());
    match bytes.next() % 16 {
        0 => {
            root.numbers.push(heap, number)?;
            twin.numbers.push(number);
        }
        1 => assert_eq!(root.numbers.pop(heap)?, twin.numbers.pop()),
        2 => {
            let index = bytes.index(twin.numbers.len() + 1);
            root.numbers.insert(heap, index, number)?;
            twin.numbers.insert(index, number);
        }
        3 if !twin.numbers.is_empty() => {
            let index = bytes.index(twin.numbers.len());
            assert_eq!(root.numbers.remove(heap, index)?, twin.numbers.remove(index));
        }
        4 => {
            let more = std::vec::Vec::from_iter(0..number);
            root.numbers.extend_from_slice(heap, &more)?;
            twin.numbers.extend(more);
        }
        5 => {
            let len = bytes.index(twin.numbers.len() + 1);
            root.numbers.truncate(heap, len)?;
            twin.numbers.truncate(len);
        }
        6 => root.numbers.shrink_to_fit(heap)?,
        7 => {
            let text = "ä".repeat(usize::from(bytes.next()));
            root.names.push(heap, &text)?;
            twin.names.push(text);
        }
        8 if !twin.names.is_empty() => {
            let index = bytes.index(twin.names.len());
            let mut name = root.names.swap_remove(heap, index)?;
            assert_eq!(name.as_str(heap)?, twin.names.swap_remove(index));
            name.free(heap)?;
        }
        9 if !twin.names.is_empty() => {
            let index = bytes.index(twin.names.len());
            root.names.as_mut_slice(heap)?[index].push_str(heap, "more")?;
            twin.names[index].push_str("more");
        }
        10 => {
            let index = bytes.index(twin.names.len() + 1);
            root.names.insert(heap, index, "inserted")?;
            twin.names.insert(index, "inserted".to_owned());
        }
        11 => {
            let len = bytes.index(twin.names.len() + 1);
            root.names.truncate(heap, len)?;
            twin.names.truncate(len);
        }
        12 => {
            // By hand, so that nobody is told.
            let taken = std::mem::take(&mut root.numbers);
            match root.nested.push(heap, taken) {
                Ok(()) => twin.nested.push(std::mem::take(&mut twin.numbers)),
                Err(refused) => {
                    let error = refused.error();
                    root.numbers = refused.into_inner();
                    return Err(error);
                }
            }
        }
        13 => {
            if let Some(popped) = root.nested.pop(heap)? {
                root.numbers.free(heap)?;
                root.numbers = popped;
                twin.numbers = twin.nested.pop().expect("as many");
            }
        }
        14 => root.nested.free(heap).map(|()| twin.nested.clear())?,
        _ => {}
    }
    Ok(())
}

fn compare(heap: &Heap, root: &Root, twin: &Twin) {
    assert_eq!(root.numbers.as_slice(heap), Ok(&*twin.numbers));
    let names = root.names.iter(heap).expect("bound").map(|name| name.as_str(heap).expect("bound"));
    assert!(names.eq(twin.names.iter().map(std::string::String::as_str)));
    let nested = root.nested.iter(heap).expect("bound").map(|vec| vec.as_slice(heap).expect("bound"));
    assert!(nested.eq(twin.nested.iter().map(std::vec::Vec::as_slice)));
    assert_eq!(heap.check().expect("in order").used, heap.used());
}

/// Writes over words of the root and of the arena, which begin at these offsets; not over the generation and the heap's own lock: a
/// living process may be waited for without end.
fn damage(file: &File, root_at: u64, arena_at: u64, bytes: &mut Bytes<'_>) {
    let len = file.metadata().expect("known").len();
    for _ in 0..=bytes.next() % 4 {
        let (start, end) = match bytes.next() % 4 {
            0 => (root_at, root_at + size_of::<Root>() as u64),
            // The head, and what is known of each page.
            1 => (arena_at + 48, (arena_at + 4096).min(len)),
            _ => (arena_at + 48, len),
        };
        let at = start + bytes.word() % ((end - start) / 8) * 8;
        let value = if bytes.next() % 2 == 0 { bytes.word() } else { u64::from(bytes.next()) };
        file.write_all_at(&value.to_ne_bytes(), at).expect("written");
    }
}

/// Where the value lies in a region, by its header.
fn value_in(file: &File) -> u64 {
    let mut word = [0; 8];
    file.read_exact_at(&mut word, 120).expect("read");
    u64::from_ne_bytes(word)
}

fuzz_target!(|input: &[u8]| {
    let mut bytes = Bytes(input);
    let heap: Shared = ShmOptions::anonymous().create_heap(16 << 10).expect("created");
    let mut twin = Twin::default();
    let mut root = heap.root().lock().expect("in order");
    for _ in 0..usize::from(bytes.next()) {
        match step(&heap, &mut root, &mut twin, &mut bytes) {
            Ok(()) | Err(HeapError::OutOfMemory { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        if bytes.next() % 16 == 0 {
            // Whoever opens it again in a process that had it begins a generation.
            drop(Shared::from_fd(heap.try_clone_fd().expect("cloned")).expect("attached"));
        }
    }
    compare(&heap, &root, &twin);
    if bytes.0.is_empty() {
        return;
    }

    let file = File::from(heap.try_clone_fd().expect("cloned"));
    let value_at = value_in(&file);
    let inside = std::ptr::from_ref(&*root).addr() - std::ptr::from_ref(heap.root()).addr();
    let arena_at = (value_at + size_of::<ShmMutex<Root>>() as u64).next_multiple_of(64);
    damage(&file, value_at + inside as u64, arena_at, &mut bytes);
    drop(Shared::from_fd(heap.try_clone_fd().expect("cloned")));
    while !bytes.0.is_empty() {
        // An error is as good as going on.
        let _ = use_all(&heap, &mut root, &mut bytes);
    }
    let _ = heap.check();
});

/// Uses what may be damaged, with indices that are there.
fn use_all(heap: &Heap, root: &mut Root, bytes: &mut Bytes<'_>) -> Result<(), HeapError> {
    let number = u32::from(bytes.next());
    match bytes.next() % 12 {
        0 => root.numbers.push(heap, number)?,
        1 => drop(root.numbers.pop(heap)?),
        2 => {
            let len = root.numbers.len(heap)?;
            root.numbers.insert(heap, bytes.index(len + 1), number)?;
        }
        3 => {
            let len = root.numbers.len(heap)?;
            if len > 0 {
                root.numbers.remove(heap, bytes.index(len))?;
            }
        }
        4 => root.numbers.extend_from_slice(heap, &[number; 100])?,
        5 => root.numbers.shrink_to_fit(heap)?,
        6 => root.names.push(heap, "text")?,
        7 => {
            if let Some(mut name) = root.names.pop(heap)? {
                name.free(heap)?;
            }
        }
        8 => root.names.truncate(heap, bytes.index(16))?,
        9 => {
            let sum = root.nested.iter(heap)?.try_fold(0_u64, |sum, vec| {
                Ok::<_, HeapError>(sum + vec.iter(heap)?.map(|&number| u64::from(number)).sum::<u64>())
            });
            let _ = sum?;
        }
        10 => root.nested.free(heap)?,
        _ => {
            let taken = std::mem::take(&mut root.numbers);
            root.nested.push(heap, taken)?;
        }
    }
    Ok(())
}
