//! The heaps that are open in this process, for those who meet a container and have no heap in their hands: whoever takes over a
//! lock from a dead process, and whoever is about to fork.
//!
//! # Safety
//!
//! 1. [`repair`] is the hook of `layout`, whose conditions are its own.
#![allow(unsafe_code, reason = "repairs containers at an address")]

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::access::Access;
use super::boxed::Place;
use super::error::HeapError;
use super::mend::{contents, demand_room, table, tree};
use super::owned::{Kind, RawOwned, is_of_another_heap};
use super::raw::Arena;
use super::ring::Ring;
use super::sequence::Sequence;
use super::{Heap, block::Block};
use crate::ShmSafe;
use crate::layout::{HeapContainer, TypeLayout, set_heap_hook, validate, validate_slice};
use crate::region::{Region, owner, set_count_of_private_blocks};

/// A heap, as long as a handle of it lives.
struct Entry {
    words: Arena,
    region: Weak<Region>,
}

static OPEN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// Notes a heap that has its first handle.
pub(super) fn note(heap: &Heap) {
    set_heap_hook(repair);
    set_count_of_private_blocks(count_private_blocks);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|entry| entry.region.strong_count() > 0);
    if !open.iter().any(|entry| std::ptr::eq(entry.region.as_ptr(), Arc::as_ptr(heap.region()))) {
        open.push(Entry { words: heap.words().clone(), region: Arc::downgrade(heap.region()) });
    }
}

/// The heaps that are open, one after the other.
fn each(mut visit: impl FnMut(&Heap)) {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let heaps: Vec<_> = open
        .iter()
        .filter_map(|entry| Some(Heap::from_parts(entry.words.clone(), entry.region.upgrade()?)))
        .collect();
    // A region that is dropped by this thread is not to find the list locked.
    drop(open);
    heaps.iter().for_each(&mut visit);
}

/// Whether an address lies in the region of a heap that is open.
pub(super) fn is_in_a_heap(address: usize) -> bool {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.iter().any(|entry| {
        let start = entry.words.base().addr().get();
        address.wrapping_sub(start) < entry.words.len() && entry.region.strong_count() > 0
    })
}

/// The blocks whose holder is this process.
fn count_private_blocks() -> usize {
    let mut count = 0;
    each(|heap| {
        if let Ok(access) = Access::new(heap) {
            access.each_block(|block| count += usize::from(owner::is_own(block.holder())));
        }
    });
    count
}

/// Binds a container that a dead process left behind, ends what that had begun, and looks at what lies in its block. One that is
/// [not the owner](HeapError::NotTheOwner) of anything, because the process died while it moved the container, is left to who uses it.
///
/// # Safety
///
/// The caller has a container with this layout at this address, aligned and mapped for reading and writing, and has it alone; so it
/// does with whatever the container owns.
pub(super) unsafe fn repair(layout: &TypeLayout, container: *mut u8) -> Result<(), String> {
    // SAFETY: a reference requires a container whose words nobody writes but by atomics: the caller's condition; it begins with
    // its words.
    #[expect(clippy::cast_ptr_alignment, reason = "the caller vouches for it")]
    let owned = unsafe { &*container.cast::<RawOwned>() };
    let mut repaired = None;
    each(|heap| {
        // Before the words are read: what the dead process had committed, and had not written everywhere, may be about them. If the
        // heap is corrupt, whoever uses a container of it is told.
        drop(Access::new(heap));
        let words = owned.words();
        if words.block != 0 && !is_of_another_heap(words.stamp, heap.generation()) {
            repaired = Some(bound(heap, owned, layout).and_then(|block| match block {
                Some(block) => contents_are_valid(heap, layout, block),
                None => Ok(()),
            }));
        }
    });
    match repaired {
        Some(result) => result,
        None if owned.is_empty() => Ok(()),
        None => Err("its heap is not open here".to_owned()),
    }
}

/// The block of a container that is bound now, if it still has one. Its kind is looked at, because what the dead process was writing
/// may be the words of a container of another type, in a place of which it had told the new one already.
fn bound<'h>(heap: &'h Heap, owned: &'h RawOwned, layout: &TypeLayout) -> Result<Option<Block<'h>>, String> {
    let mark = match HeapContainer::of(layout) {
        // A string's block is that of a vector.
        Some(HeapContainer::String) => Kind::mark_of(<super::Vec<u8>>::LAYOUT),
        _ => Kind::mark_of(layout),
    };
    let mut access = Access::new(heap).map_err(|error| error.to_string())?;
    let bound = access.bind(owned, layout, Some(mark)).and_then(|()| {
        let block = heap.block_at(owned.words().block);
        // Also of one that says that it was bound in this generation, of which nothing was looked at.
        block.map_or(Ok(()), |block| demand_room(&mut access, layout, block)).map(|()| block)
    });
    match bound {
        Ok(block) => Ok(block),
        Err(HeapError::NotTheOwner { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Looks at what lies in a block of a container that was bound just now.
fn contents_are_valid(heap: &Heap, layout: &TypeLayout, block: Block<'_>) -> Result<(), String> {
    let of = |name| contents(layout, name).map_err(|error| error.to_string());
    let container = HeapContainer::of(layout);
    let checked = match container {
        Some(HeapContainer::Box) => {
            let value = of("value")?;
            // SAFETY: `validate` requires a value's bytes that the caller has alone: those of the box, whose container it has.
            unsafe { validate(value, Place::of(block, value).value()) }
        }
        Some(HeapContainer::Vec | HeapContainer::String) => {
            let sequence = Sequence::of(block, of("elements")?);
            // SAFETY: `validate_slice` requires so many values' bytes that the caller has alone: the vector's.
            let checked = unsafe { validate_slice(sequence.layout(), sequence.element(0), sequence.count()) };
            if container == Some(HeapContainer::String) && !sequence.is_text() {
                return Err("it is not UTF-8".to_owned());
            }
            checked
        }
        Some(HeapContainer::Deque) => {
            let ring = Ring::of(block, of("elements")?);
            ring.pieces().into_iter().try_for_each(|(element, count)| {
                // SAFETY: `validate_slice` requires so many values' bytes that the caller has alone: the queue's.
                unsafe { validate_slice(ring.layout(), element, count) }
            })
        }
        Some(HeapContainer::Map) => {
            let table = table(heap, layout, block).map_err(|error| error.to_string())?;
            table.each_value(|layout, value| {
                // SAFETY: `validate` requires a value's bytes that the caller has alone: those of a key or a value of the map.
                unsafe { validate(layout, value) }
            })
        }
        Some(HeapContainer::Tree) => {
            let tree = tree(heap, layout, block).map_err(|error| error.to_string())?;
            let looked_at = tree.each_value(|layout, value| {
                // SAFETY: `validate` requires a value's bytes that the caller has alone: those of a key or a value of the map.
                unsafe { validate(layout, value) }
            });
            looked_at.map_err(|error| error.to_string())?
        }
        None => return Err("it is of no known kind".to_owned()),
    };
    checked.map_err(|invalid| invalid.to_string())
}
