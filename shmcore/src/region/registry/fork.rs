//! What a fork does to the regions of this process, and to its child's: the handlers that run around it. It is apart from the
//! registry because it is unsafe.
//!
//! # Safety
//!
//! 1. The registry is locked from before a fork until after it, by the thread that forks; [`HELD`] is used by
//!    that thread only, and only in between.
//! 2. Nothing calls back into the user's code while the registry is locked, and nothing forks.
#![allow(unsafe_code, reason = "registers handlers that run around a fork")]

use std::cell::UnsafeCell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Registry, lock};
use crate::region::token::Token;
use crate::region::{borrows, heaps};
use crate::sys::{self, Failed, file::Access};

/// Has a forked child get a token and descriptors of its own.
pub(in crate::region) fn require_fork_handlers() -> Result<(), Failed> {
    /// Whether they are registered. A failure is not kept: the next region tries again.
    static REGISTERED: OnceLock<()> = OnceLock::new();
    static REGISTERING: Mutex<()> = Mutex::new(());

    if REGISTERED.get().is_some() {
        return Ok(());
    }
    let _one_at_a_time = REGISTERING.lock().unwrap_or_else(PoisonError::into_inner);
    if REGISTERED.get().is_none() {
        // SAFETY: `register` requires
        // 1. async-signal-safe calls in the child: `after_fork_in_child` opens and closes descriptors, and allocates
        //    nothing; 2. no lock but one that `before_fork` has taken: the registry's; 3. no unwinding: what panics in a
        //    function of C's ABI ends the process.
        unsafe { sys::fork_handlers::register(before_fork, after_fork_in_parent, after_fork_in_child) }?;
        REGISTERED.get_or_init(|| ());
    }
    Ok(())
}

/// The registry's guard during a fork.
struct Held(UnsafeCell<Option<MutexGuard<'static, Registry>>>);

// SAFETY: `Sync` requires that threads do not use it at once: only the one that forks does (invariant 1).
unsafe impl Sync for Held {}

static HELD: Held = Held(UnsafeCell::new(None));

/// Makes this process known in every region, because the child may ask for it, and holds the registry still. Ends the process
/// if a heap could not tell what it remembers from what its child will.
extern "C" fn before_fork() {
    let mut registry = lock();
    // No heap is added from here on until the fork is done.
    if let Err(end) = heaps::advance_all() {
        // A panic calls the user's hook.
        drop(registry);
        panic!("{end}");
    }
    let bases: Vec<usize> = registry
        .entries
        .iter()
        .filter(|(_, entry)| entry.access == Access::ReadWrite && entry.region.strong_count() > 0)
        .map(|(&base, _)| base)
        .collect();
    for base in bases {
        let is_registered = registry.register(base).is_ok();
        if let Some(entry) = registry.entries.get_mut(&base) {
            // Where the kernel has no more locks, the child must not take this process for dead.
            entry.has_unregistered |= !is_registered;
            // Where it has no more descriptors, the child will take this process for alive, also when it is dead.
            let _ = entry.leave_mapped_description();
        }
    }
    // SAFETY: nobody else uses the cell: the registry is locked by this thread (invariant 1).
    unsafe { *HELD.0.get() = Some(registry) };
}

extern "C" fn after_fork_in_parent() {
    // SAFETY: nobody else uses the cell: the registry is locked by this thread (invariant 1).
    let registry = unsafe { (*HELD.0.get()).take() };
    drop(registry);
}

/// Replaces the inherited descriptions, which would keep the parent's locks after its death, and forgets its token.
extern "C" fn after_fork_in_child() {
    Token::forget_current();
    heaps::after_fork_in_child();
    borrows::forget_private_blocks();
    // SAFETY: nobody else uses the cell: this is the only thread, and it had locked the registry (invariant 1).
    let registry = unsafe { (*HELD.0.get()).take() };
    let Some(mut registry) = registry else { return };
    registry.tokens.clear();
    for entry in registry.entries.values_mut() {
        entry.file = entry.file.take().and_then(|inherited| inherited.reopen().ok());
        entry.tokens.clear();
    }
}
