//! Copying a value between this thread's memory and memory that others read and write at the same time. It is apart from
//! the lock because it has an argument of its own: what each byte is accessed as.
//!
//! | bytes of the value | are accessed as |
//! |---|---|
//! | pieces of 16, where there is assembly for them | bytes, many by one instruction |
//! | of the rest, words of 8 | `AtomicU64` |
//! | of the rest, 4, 2 and 1 | `AtomicU32`, `AtomicU16`, `AtomicU8` |
//!
//! Which row a byte is in follows from the size of the type, so all accesses to it are alike: accesses of several sizes that
//! race are undefined.
//!
//! **Assembly.** Rust knows no copy of many bytes that may race with a write; of assembly it demands that Rust code could have
//! done the same. This code could be a loop of relaxed atomic loads, or stores, of single bytes, in any order, some of them
//! twice, to and from the same place. That the machine moves many at once makes fewer outcomes of it, not more, and nobody relies
//! on it. Between it and the numbers of the state machine there are fences, which neither the compiler moves it across, as it
//! might hold the loads and stores that it stands for, nor the machine, to which they are loads and stores like any others. Miri
//! knows no assembly, and has words only.
//!
//! # Safety
//!
//! 1. The shared bytes are aligned to 8 at least, so a word at an offset that is a multiple of its size is aligned.
//! 2. No access goes beyond the value's size: what follows it may be something else.
#![allow(unsafe_code, reason = "copies by pointers")]

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
#[path = "copy/x86_64.rs"]
mod assembly;
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
#[path = "copy/none.rs"]
mod assembly;

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

/// More bytes than registers hold: a value that is copied by a loop, and not worth copying twice.
pub(super) const LARGE: usize = 256;

/// Copies a value of `len` bytes out of memory that others may write to meanwhile: each byte is then one that was there, but
/// they need not belong together.
///
/// # Safety
///
/// 1. `shared` is aligned to 8 and valid for reads of `len` initialised bytes;
/// 2. whoever writes them does so by [`store`] with the same `len`, or before or after this call;
/// 3. `private` is valid for writes of `len` bytes, and nobody else uses them.
#[inline]
pub(super) unsafe fn load(shared: *const u8, private: *mut u8, len: usize) {
    let pieces = assembly::in_pieces(len);
    // SAFETY: `assembly::load` requires pieces to read and to write: conditions 1 and 3. Others access the shared ones as
    // bytes: condition 2.
    unsafe { assembly::load(shared, private, pieces) };
    // SAFETY: `load_words` requires the same, of the rest.
    unsafe { load_words(shared, private, pieces, len) };
}

/// Copies a value of `len` bytes into memory that others may read meanwhile.
///
/// # Safety
///
/// 1. `shared` is aligned to 8 and valid for writes of `len` initialised bytes;
/// 2. whoever reads them does so by [`load`] with the same `len`, or before or after this call, and nobody else writes them;
/// 3. `private` is valid for reads of `len` initialised bytes, which nobody writes.
#[inline]
pub(super) unsafe fn store(shared: *mut u8, private: *const u8, len: usize) {
    let pieces = assembly::in_pieces(len);
    // SAFETY: `assembly::store` requires pieces to read and to write: conditions 3 and 1. Others access the shared ones as
    // bytes: condition 2.
    unsafe { assembly::store(shared, private, pieces) };
    // SAFETY: `store_words` requires the same, of the rest.
    unsafe { store_words(shared, private, pieces, len) };
}

/// Calls `$one!(atomic, word, offset)` for each word of the bytes from `$offset`, a multiple of 8, to `$len`.
macro_rules! for_words {
    ($offset:ident, $len:ident, $one:ident) => {
        while $len - $offset >= 8 {
            $one!(AtomicU64, u64, $offset);
            $offset += 8;
        }
        if $len & 4 != 0 {
            $one!(AtomicU32, u32, $offset);
            $offset += 4;
        }
        if $len & 2 != 0 {
            $one!(AtomicU16, u16, $offset);
            $offset += 2;
        }
        if $len & 1 != 0 {
            $one!(AtomicU8, u8, $offset);
        }
    };
}

/// The part of [`load`] from `offset` on, a multiple of 8, by relaxed loads.
///
/// # Safety
///
/// As of [`load`].
#[inline]
#[expect(clippy::cast_ptr_alignment, reason = "invariant 1")]
unsafe fn load_words(shared: *const u8, private: *mut u8, mut offset: usize, len: usize) {
    macro_rules! load_one {
        ($atomic:ident, $word:ident, $offset:expr) => {
            // SAFETY: `add` requires that the word lies inside the value, as `for_words` has it (invariant 2).
            let word = unsafe { shared.add($offset) }.cast::<$atomic>();
            // SAFETY: a reference requires an aligned word (invariant 1) that is initialised and is not written but atomically:
            // conditions 1 and 2 of the function.
            let word = unsafe { &*word }.load(Ordering::Relaxed);
            // SAFETY: `add`, as above.
            let place = unsafe { private.add($offset) };
            // SAFETY: `write_unaligned` requires a place that is valid for writes: condition 3 of the function.
            unsafe { place.cast::<$word>().write_unaligned(word) };
        };
    }
    for_words!(offset, len, load_one);
}

/// The part of [`store`] from `offset` on, a multiple of 8, by relaxed stores.
///
/// # Safety
///
/// As of [`store`].
#[inline]
#[expect(clippy::cast_ptr_alignment, reason = "invariant 1")]
unsafe fn store_words(shared: *mut u8, private: *const u8, mut offset: usize, len: usize) {
    macro_rules! store_one {
        ($atomic:ident, $word:ident, $offset:expr) => {
            // SAFETY: `add` requires that the word lies inside the value, as `for_words` has it (invariant 2).
            let place = unsafe { private.add($offset) };
            // SAFETY: `read_unaligned` requires initialised bytes: condition 3 of the function.
            let value = unsafe { place.cast::<$word>().read_unaligned() };
            // SAFETY: `add`, as above.
            let word = unsafe { shared.add($offset) }.cast::<$atomic>();
            // SAFETY: a reference requires an aligned word (invariant 1) that is initialised and is accessed atomically only:
            // conditions 1 and 2 of the function.
            unsafe { &*word }.store(value, Ordering::Relaxed);
        };
    }
    for_words!(offset, len, store_one);
}

#[cfg(test)]
mod tests;
