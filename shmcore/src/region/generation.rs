//! The generation of a heap: the first word of its arena, which tells whether what a container remembers is still its own.
//!
//! ```text
//! bit 63   62       32 31        0
//!     | 0 | id        | count     |
//! ```
//!
//! A container remembers the generation in which it was bound to its block. Whatever may have made a second container of the same
//! bytes raises the count: a fork, which duplicates the memory of a process; a death in the middle of a move. Then both have to ask
//! the heap whose the block is. The id tells heaps apart. It is drawn at random, and so is the first count: of a heap
//! that is gone and one that is made later, 62 bits would have to agree.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys;

/// Bits of the count.
const COUNT_BITS: u32 = 32;
/// Those of the word that is drawn: one less than the count has, so that there is room to count.
const FIRST_COUNT: u64 = u32::MAX as u64 >> 1;
/// All bits of a word but the uppermost, which is 0: containers use it.
const WORD: u64 = u64::MAX >> 1;

/// The count is at its end: what would happen next could not be told from what has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AtEnd;

impl fmt::Display for AtEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a heap of this process is at its end: it was forked with and opened too often")
    }
}

/// The generation of a new heap, whose id is none that `is_taken`.
pub(super) fn first(is_taken: impl Fn(u64) -> bool) -> Result<u64, sys::Failed> {
    loop {
        let drawn = u64::from_ne_bytes(sys::random::bytes()?) & WORD;
        let id = id(drawn);
        if id != 0 && !is_taken(id) {
            return Ok(id << COUNT_BITS | drawn & FIRST_COUNT);
        }
    }
}

/// The id of the heap that has this generation.
pub(super) const fn id(generation: u64) -> u64 {
    generation >> COUNT_BITS
}

/// Demands of a word that it is a generation.
pub(super) fn examine(word: u64) -> Result<(), String> {
    if word & !WORD != 0 || id(word) == 0 { Err(format!("{word:#x} is none of a heap")) } else { Ok(()) }
}

/// Whether the count is at its end.
pub(super) const fn is_at_end(generation: u64) -> bool {
    generation & u32::MAX as u64 == u32::MAX as u64
}

/// Begins the next generation. At its end, the count stays.
pub(super) fn advance(word: &AtomicU64) -> Result<(), AtEnd> {
    let next = |seen: u64| if is_at_end(seen) { None } else { Some(seen + 1) };
    // Nothing is published by it. Who goes on after this in the same thread, or in a child that it forks, sees this count or
    // a later one; so does whoever gets a lock from them, by the Acquire of that lock.
    match word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(_) => Ok(()),
        Err(_) => Err(AtEnd),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::{AtEnd, advance, examine, first, id};

    #[test]
    fn first_generation_has_an_id_that_is_not_taken_and_room_to_count() {
        let asked = RefCell::new(Vec::new());
        let is_taken = |id| {
            asked.borrow_mut().push(id);
            asked.borrow().len() <= 3
        };
        let word = first(is_taken).expect("drawn");
        assert_eq!(examine(word), Ok(()));
        let asked = asked.into_inner();
        assert_eq!((asked.len(), asked.last()), (4, Some(&id(word))));
        assert!(asked[..3].iter().all(|&taken| taken != id(word)), "{asked:x?}");
        assert!(word & u64::from(u32::MAX) <= u64::from(u32::MAX / 2), "{word:#x}");
    }

    #[test]
    fn word_without_an_id_or_with_the_uppermost_bit_is_no_generation() {
        for word in [0, 1, u64::from(u32::MAX), 1 << 63, u64::MAX] {
            assert!(examine(word).is_err_and(|reason| reason.contains(&format!("{word:#x}"))), "{word:#x}");
        }
        assert_eq!(examine(1 << 32), Ok(()));
        assert_eq!(examine(u64::MAX >> 1), Ok(()));
    }

    #[test]
    fn count_never_carries_into_the_id() {
        let word = AtomicU64::new(7 << 32 | u64::from(u32::MAX - 1));
        assert_eq!(advance(&word), Ok(()));
        assert_eq!(advance(&word), Err(AtEnd));
        assert_eq!(advance(&word), Err(AtEnd));
        assert_eq!(word.load(Relaxed), 7 << 32 | u64::from(u32::MAX));
    }
}
