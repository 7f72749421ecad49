//! The header's table, and what several writers leave.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Header, READY, STATE_WORD, UUID_END, UUID_WORD, WORDS, words, write_once};
use crate::ShmSafe;
use crate::region::facts::TypeFacts;
use crate::region::geometry::{Geometry, Shape};
use crate::sys::file::FileFacts;

/// A change here is a change of the format: raise `FORMAT` with it.
#[test]
fn header_has_the_documented_layout() {
    assert_eq!(Header::LAYOUT.to_string(), include_str!("table.txt").trim_end());
}

fn written(region: &[AtomicU32]) -> Vec<u32> {
    let facts = TypeFacts::of::<u32>();
    let geometry = Geometry::new(facts, Shape::Slice { len: 3 }).expect("fits");
    let file =
        FileFacts { is_regular: true, mode: 0o600, owner: 0, links: 1, len: 4096, device: 5, inode: 6 };
    write_once(region, &geometry, facts, &file).expect("written");
    region.iter().map(|word| word.load(Ordering::Relaxed)).collect()
}

#[test]
#[cfg_attr(miri, ignore = "asks the kernel for a boot id")]
fn header_of_a_heap_tells_the_bytes_of_its_arena() {
    let facts = TypeFacts::of::<u32>();
    let geometry = Geometry::new(facts, Shape::Heap { len: 5000 }).expect("fits");
    let file =
        FileFacts { is_regular: true, mode: 0o600, owner: 0, links: 1, len: 8192, device: 5, inode: 6 };
    let region = zeroes();
    write_once(&region, &geometry, facts, &file).expect("written");
    let bytes: Vec<u8> = region.iter().flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes()).collect();
    let arena = geometry.arena().expect("a heap");
    assert_eq!(bytes[24..28], 3_u32.to_ne_bytes());
    assert_eq!(bytes[96..104], (arena.len as u64).to_ne_bytes());
    assert_eq!(bytes[128..136], ((arena.offset + arena.len) as u64).to_ne_bytes());
}

fn zeroes() -> Vec<AtomicU32> {
    (0..=words(TypeFacts::of::<u32>())).map(|_| AtomicU32::new(0)).collect()
}

#[test]
#[cfg_attr(miri, ignore = "asks the kernel for a boot id")]
fn header_and_layout_are_written_and_nothing_behind_them() {
    let all = written(&zeroes());
    let bytes: Vec<u8> = all.iter().flat_map(|word| word.to_ne_bytes()).collect();
    assert_eq!(bytes[..8], *b"\x89shmcore");
    assert_eq!(all[STATE_WORD], READY);
    assert_eq!(bytes[64..80], u32::LAYOUT.fingerprint().as_u128().to_le_bytes());
    assert_eq!(bytes[96..104], 3_u64.to_ne_bytes());
    assert_eq!(bytes[152..160], [3, b'u', b'3', b'2', 4, 4, 1, 3]);
    assert_eq!(all.last(), Some(&0));
}

#[test]
#[cfg_attr(miri, ignore = "asks the kernel for a boot id")]
fn second_writer_changes_nothing() {
    let region = zeroes();
    let first = written(&region);
    assert_eq!(written(&region), first);
}

/// Every place at which a writer may die leaves a region that the next one completes, with the uuid that was begun.
#[test]
#[cfg_attr(miri, ignore = "asks the kernel for a boot id")]
fn writer_that_died_is_completed_by_the_next() {
    let complete = written(&zeroes());
    for done in 0..complete.len() {
        let region = zeroes();
        for index in (0..done).filter(|&index| index != STATE_WORD) {
            region[index].store(complete[index], Ordering::Relaxed);
        }
        let next = written(&region);
        let begun = done.clamp(UUID_WORD, UUID_END);
        assert_eq!(next[..begun], complete[..begun]);
        assert_eq!(next[UUID_END..WORDS], complete[UUID_END..WORDS]);
        assert!(next[UUID_WORD..UUID_END].iter().all(|&word| word != 0));
    }
}
