//! A dictionary in a heap, from words to lists of words, written by several processes; one of them is killed in the middle of its
//! work and replaced, and nothing that it had written is lost.
//!
//! Run it with `cargo run --example dictionary`. The map, its keys, the lists and their words all lie in the heap and grow there. The
//! writer that is killed is killed at any moment: inside an allocation, while the map grows, between two words.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};

use shmcore::heap::{HashMap, HeapError, String, Vec};
use shmcore::process::{Child, fork_child};
use shmcore::{ShmHeap, ShmMutex, ShmOptions, ShmSafe};

const WRITERS: usize = 3;
/// Of each writer.
const WORDS: u32 = 20_000;
const INITIALS: u32 = 100;

#[derive(ShmSafe)]
#[repr(C)]
struct Root {
    words: ShmMutex<HashMap<String, Vec<String>>>,
    /// How many words each writer has written: those that it would miss if they were lost.
    written: [AtomicU32; WRITERS],
}

/// Writes on where the last writer of this number has ended.
fn write(heap: &ShmHeap<Root>, writer: usize) -> Result<(), HeapError> {
    let Root { words, written } = heap.root();
    for number in written[writer].load(Ordering::Acquire)..WORDS {
        let key = format!("{writer}/{}", number % INITIALS);
        // The dictionary is whole also if its last writer has died with the lock.
        let mut words = words.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let list = words.entry(heap, key.as_str())?.or_default()?;
        // It may have died after the word and before it counted it.
        let word = format!("word {number}");
        if list.as_slice(heap)?.last().map(|last| last.as_str(heap)).transpose()? != Some(word.as_str()) {
            list.push(heap, word.as_str())?;
        }
        written[writer].store(number + 1, Ordering::Release);
    }
    Ok(())
}

fn start(heap: &ShmHeap<Root>, writer: usize) -> Result<Child, Box<dyn Error>> {
    Ok(fork_child(|| write(heap, writer))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let heap: ShmHeap<Root> = ShmOptions::anonymous().create_heap(64 << 20)?;
    let writers = (0..WRITERS).map(|writer| start(&heap, writer)).collect::<Result<std::vec::Vec<_>, _>>()?;
    let victim = &writers[0];
    while heap.root().written[0].load(Ordering::Acquire) < WORDS / 4 && victim.try_wait()?.is_none() {
        std::thread::yield_now();
    }
    victim.kill()?;
    let status = victim.wait()?;
    println!("the first writer ended by itself: {}", status.success());
    let replacement = start(&heap, 0)?;
    for writer in writers[1..].iter().chain([&replacement]) {
        let status = writer.wait()?;
        if !status.success() {
            return Err(format!("a writer failed: {status}").into());
        }
    }
    let mut words = heap.root().words.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut count = 0;
    for (key, list) in words.iter(&heap)? {
        count += list.len(&heap)?;
        assert_eq!(list.len(&heap)?, (WORDS / INITIALS) as usize, "of {}", key.as_str(&heap)?);
    }
    println!("{} keys with {count} words", words.len(&heap)?);
    words.free(&heap)?;
    println!("{} bytes are used when they are freed", heap.check()?.used);
    Ok(())
}
