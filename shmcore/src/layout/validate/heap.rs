//! What becomes of the containers of the heap that are met in a value which a process died on.
//!
//! The layout tells where a container lies, and nothing of the block that it owns. Whoever has the heap repairs it, and is known here
//! by a function only, because the layout lies below everything else; that is why it is apart from the walk.
//!
//! # Safety
//!
//! 1. A container of the heap begins with three words of 8 bytes, each an atomic, and all of it is initialised.
#![allow(unsafe_code, reason = "calls the heap with a pointer to a container")]

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

use crate::layout::TypeLayout;

/// Repairs a container of the heap, and looks at what lies in its block, by [`validate`](super::validate) and
/// [`validate_slice`](super::validate_slice). The error says what is wrong, and where in the block.
///
/// # Safety
///
/// Whoever calls it has a container with this layout at this address, aligned and mapped for reading and writing, and has it alone;
/// so it does with whatever the container owns.
pub(crate) type HeapHook = unsafe fn(&TypeLayout, *mut u8) -> Result<(), String>;

static HOOK: OnceLock<HeapHook> = OnceLock::new();

/// Says who repairs containers of the heap, for the rest of the process. The first call counts.
///
/// The hook must be safe to call on the conditions of [`HeapHook`], and must write to nothing but the container and its blocks.
#[allow(dead_code, reason = "the heap calls it")]
pub(crate) fn set_heap_hook(hook: HeapHook) {
    HOOK.get_or_init(|| hook);
}

/// Who repairs containers of the heap.
pub(super) fn hook() -> Option<HeapHook> {
    HOOK.get().copied()
}

/// Has a container repaired. Without a hook no heap was ever open in this process, so that only a container that owns nothing is in
/// order.
///
/// # Safety
///
/// As [`HeapHook`].
#[expect(clippy::cast_ptr_alignment, reason = "a container is aligned as its words")]
pub(super) unsafe fn repair(
    hook: Option<HeapHook>,
    layout: &TypeLayout,
    container: *mut u8,
) -> Result<(), String> {
    if let Some(hook) = hook {
        // SAFETY: the conditions are those of this function.
        return unsafe { hook(layout, container) };
    }
    // SAFETY: a reference requires an aligned pointer to a valid value that nobody writes otherwise than atomically: the container
    // begins with such words (invariant 1), and the caller has it alone.
    let words = unsafe { &*container.cast::<[AtomicU64; 3]>() };
    // Relaxed: nobody else writes them.
    if words.iter().all(|word| word.load(Ordering::Relaxed) == 0) {
        Ok(())
    } else {
        Err("its heap is not open here".to_owned())
    }
}

#[cfg(test)]
mod tests;
