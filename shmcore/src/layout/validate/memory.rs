//! Bytes that other processes may be writing, read as atomics read.
//!
//! It is apart from the walk because all that is unsafe in looking at a value is here.
//!
//! # Safety
//!
//! 1. `start` points to `len` bytes of one allocation that are mapped, at least for reading, for the lifetime `'m`.
//! 2. The bytes that are loaded are initialised: the caller of `Memory::new` says so, and loads what it spoke of.
//! 3. While `'m` lasts, those bytes are written by atomic operations of the width they are loaded with, or not at all.
//!    Of the parts that are looked at, peers write only `AtomicBool`, of one byte: `bool`, `char`, `NonZero` and tags
//!    have no interior mutability, so no safe code writes them after they are published, and a load of a wide one may
//!    be done in several pieces.
//! 4. Loads are `Relaxed` and no wider than a `usize`. On memory that is mapped for reading only, just these are
//!    allowed (docs of `core::sync::atomic`, "Atomic accesses to read-only memory"). No load is followed by a store, so
//!    nothing is written.
#![allow(unsafe_code, reason = "reads through a pointer to memory that other processes write")]

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering};

/// Bytes that may change at any time.
pub(super) struct Memory<'m> {
    start: *const u8,
    len: usize,
    mapped: PhantomData<&'m ()>,
}

/// The widest load, in bytes.
const WORD: usize = size_of::<usize>();

// A part that is wider than a word is aligned as a word at least, so that it can be loaded in words.
const _: () = assert!(align_of::<u64>() >= align_of::<usize>() && align_of::<u128>() >= align_of::<usize>());
// And an integer that is not wider is aligned as its atomic.
const _: () = assert!(
    align_of::<u16>() == align_of::<AtomicU16>()
        && align_of::<u32>() == align_of::<AtomicU32>()
        && align_of::<usize>() == align_of::<AtomicUsize>()
);

/// An atomic integer.
///
/// # Safety
///
/// The type has no padding, accepts every pattern, and all of it is inside an `UnsafeCell`.
unsafe trait Atomic {
    fn load_relaxed(&self) -> u128;
}

macro_rules! atomic {
    ($($type:ident)*) => {$(
        // SAFETY: an atomic has the size and bit validity of its integer, which has no padding and accepts every
        // pattern, and is an `UnsafeCell` of it (docs of each type).
        unsafe impl Atomic for $type {
            #[allow(clippy::cast_lossless, reason = "of `usize` there is no `From`")]
            fn load_relaxed(&self) -> u128 {
                // Pairs with nothing: who published the value was synchronised with before (see `validate`).
                self.load(Ordering::Relaxed) as u128
            }
        }
    )*};
}

atomic! { AtomicU8 AtomicU16 AtomicU32 AtomicUsize }

impl Memory<'_> {
    /// # Safety
    ///
    /// For the lifetime of what is returned,
    ///
    /// 1. `start` points to `len` bytes of one allocation that are mapped, at least for reading;
    /// 2. the bytes that [`load`](Self::load) is called for are initialised;
    /// 3. they are written by atomic operations of the width of that load only, or not at all.
    pub(super) const unsafe fn new(start: *const u8, len: usize) -> Self {
        Self { start, len, mapped: PhantomData }
    }

    /// The unsigned number of `width` bytes, 1, 2, 4, 8 or 16, at the offset `at`.
    ///
    /// # Panics
    ///
    /// If the bytes are not all inside, or not aligned as their number: a layout that is not exact.
    pub(super) fn load(&self, at: usize, width: usize) -> u128 {
        match width {
            1 => self.word::<AtomicU8>(at),
            2 => self.word::<AtomicU16>(at),
            4 => self.word::<AtomicU32>(at),
            _ => self.words(at, width),
        }
    }

    /// The address of a part of `len` bytes at the offset `at`, with the rights of the pointer that the memory was made of.
    ///
    /// # Panics
    ///
    /// If the bytes are not all inside: a layout that is not exact.
    pub(super) fn address(&self, at: usize, len: usize) -> *mut u8 {
        let is_inside = at.checked_add(len).is_some_and(|end| end <= self.len);
        assert!(is_inside, "{len} bytes at offset {at} of {} bytes", self.len);
        // SAFETY: `add` requires that the sum stays inside one allocation, no further than its end: `at <= self.len`, and all
        // `self.len` bytes are of one (invariant 1), which is never longer than `isize::MAX`.
        unsafe { self.start.add(at) }.cast_mut()
    }

    /// A number of one or more whole words. Peers do not write numbers of more than one (invariant 3), so the pieces
    /// are of one value.
    fn words(&self, at: usize, width: usize) -> u128 {
        assert!(matches!(width, 8 | 16), "a number of {width} bytes");
        let mut number = 0;
        for piece in (0..width).step_by(WORD) {
            let lower = if cfg!(target_endian = "little") { piece } else { width - WORD - piece };
            number |= self.word::<AtomicUsize>(at + piece) << (8 * lower);
        }
        number
    }

    fn word<A: Atomic>(&self, at: usize) -> u128 {
        let pointer = self.address(at, size_of::<A>()).cast_const().cast::<A>();
        assert!(pointer.is_aligned(), "offset {at} is not aligned");
        // SAFETY: a reference requires of its pointer that it is 1. aligned and not null: asserted, and a pointer into
        // an allocation is not null; 2. to `size_of::<A>()` bytes that are mapped for reading as long as the reference
        // is used: asserted to be inside (invariant 1); 3. to a valid value: they are initialised (invariant 2) and
        // every pattern is one (`Atomic`); 4. that nobody writes what is not inside an `UnsafeCell`: all of it is
        // (`Atomic`), and those who write do it atomically, in this width or where nothing is written now (invariant
        // 3). That the memory is mapped for writing is not required.
        let atomic = unsafe { &*pointer };
        atomic.load_relaxed()
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    /// Aligned as the widest load.
    #[repr(align(16))]
    struct Bytes([u8; 32]);

    fn with_memory(of: impl FnOnce(&Memory<'_>)) {
        let mut bytes = Bytes(core::array::from_fn(|index| u8::try_from(index).expect("small") + 1));
        let start = bytes.0.as_mut_ptr();
        // SAFETY: `Memory::new` requires 1. 32 bytes that are there for as long as it is used: `bytes` lives longer;
        // 2. that they are initialised: the array is; 3. that nobody writes them: nobody does.
        of(&unsafe { Memory::new(start, 32) });
    }

    #[test]
    fn numbers_of_each_width_are_the_bytes_in_memory_order() {
        with_memory(|memory| {
            assert_eq!(memory.load(31, 1), 32);
            assert_eq!(memory.load(2, 2), u16::from_ne_bytes([3, 4]).into());
            assert_eq!(memory.load(4, 4), u32::from_ne_bytes([5, 6, 7, 8]).into());
            assert_eq!(memory.load(8, 8), u64::from_ne_bytes([9, 10, 11, 12, 13, 14, 15, 16]).into());
            let wide = core::array::from_fn(|index| u8::try_from(index).expect("small") + 17);
            assert_eq!(memory.load(16, 16), u128::from_ne_bytes(wide));
        });
    }

    #[test]
    #[should_panic(expected = "2 bytes at offset 31 of 32 bytes")]
    fn load_across_the_end_is_refused() {
        with_memory(|memory| _ = memory.load(31, 2));
    }

    #[test]
    #[should_panic(expected = "offset 1 is not aligned")]
    fn load_that_is_not_aligned_is_refused() {
        with_memory(|memory| _ = memory.load(1, 2));
    }
}
