//! Copying by registers of 16 bytes, which every processor of `x86_64` has, and of 32, which most have. It is apart because
//! only assembly may load and store so many bytes while others write; the argument is in the module above.
//!
//! Private memory is accessed by Rust code: so the compiler knows what is written there, and lets a value be made where it is
//! wanted.
#![allow(unsafe_code, reason = "assembly")]

use std::arch::asm;
use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{__m128i, __m256i};
use std::array;

/// Bytes of a piece.
const PIECE: usize = size_of::<__m128i>();

/// How many bytes, from the first on, are copied in pieces.
pub(super) const fn in_pieces(len: usize) -> usize {
    len / PIECE * PIECE
}

/// Copies `len` bytes, a multiple of [`PIECE`], out of shared memory.
///
/// # Safety
///
/// 1. `shared` is valid for reads of `len` bytes, which others access as atomic bytes only;
/// 2. `private` is valid for writes of `len` bytes, and nobody else uses them.
#[inline]
pub(super) unsafe fn load(shared: *const u8, private: *mut u8, len: usize) {
    if len <= super::LARGE {
        // SAFETY: `load_small` requires what this function does.
        unsafe { load_small(shared, private, len) };
    } else if is_x86_feature_detected!("avx") {
        // SAFETY: `load_by_32` requires AVX, which was just detected, what this function does, and four registers, which are
        // less than `LARGE`.
        unsafe { load_by_32(shared, private, len) };
    } else {
        // SAFETY: `load_by_16` requires what this function does, and four registers, which are less than `LARGE`.
        unsafe { load_by_16(shared, private, len) };
    }
}

/// Copies `len` bytes, a multiple of [`PIECE`], into shared memory.
///
/// # Safety
///
/// 1. `shared` is valid for writes of `len` bytes, which others access as atomic bytes only;
/// 2. `private` is valid for reads of `len` initialised bytes, which nobody writes.
#[inline]
pub(super) unsafe fn store(shared: *mut u8, private: *const u8, len: usize) {
    if len <= super::LARGE {
        // SAFETY: `store_small` requires what this function does.
        unsafe { store_small(shared, private, len) };
    } else if is_x86_feature_detected!("avx") {
        // SAFETY: `store_by_32` requires AVX, which was just detected, what this function does, and four registers, which are
        // less than `LARGE`.
        unsafe { store_by_32(shared, private, len) };
    } else {
        // SAFETY: `store_by_16` requires what this function does, and four registers, which are less than `LARGE`.
        unsafe { store_by_16(shared, private, len) };
    }
}

/// One register after the other: the compiler knows how many, and makes no loop of it.
///
/// # Safety
///
/// As of [`load`].
#[inline]
unsafe fn load_small(shared: *const u8, private: *mut u8, len: usize) {
    let mut offset = 0;
    while offset < len {
        // SAFETY: `add` requires that the piece lies inside: `len` is a multiple of its size.
        let from = unsafe { shared.add(offset) };
        // SAFETY: `load_16` requires a piece to read, as the caller vouches for.
        let register = unsafe { load_16(from) };
        // SAFETY: `add`, as above.
        let place = unsafe { private.add(offset) };
        // SAFETY: `write_unaligned` requires a place that is valid for writes, as the caller vouches for.
        unsafe { place.cast::<__m128i>().write_unaligned(register) };
        offset += PIECE;
    }
}

/// One register after the other, as [`load_small`].
///
/// # Safety
///
/// As of [`store`].
#[inline]
unsafe fn store_small(shared: *mut u8, private: *const u8, len: usize) {
    let mut offset = 0;
    while offset < len {
        // SAFETY: `add` requires that the piece lies inside: `len` is a multiple of its size.
        let place = unsafe { private.add(offset) };
        // SAFETY: `read_unaligned` requires initialised bytes, as the caller vouches for.
        let register = unsafe { place.cast::<__m128i>().read_unaligned() };
        // SAFETY: `add`, as above.
        let to = unsafe { shared.add(offset) };
        // SAFETY: `store_16` requires a piece to write, as the caller vouches for.
        unsafe { store_16(to, register) };
        offset += PIECE;
    }
}

/// The functions that load and store by one kind of register: one of it, and a large value by four at once, of which no loop takes
/// longer than its memory does. They begin at the first multiple of the register's size in the memory that is written, since
/// a store across two lines of the cache is two; what lies before and behind those is copied twice in part.
macro_rules! by_registers {
    ($register:ident in $class:ident by $move:literal:
        $load_one:ident, $store_one:ident, $load:ident, $store:ident $(, #[$feature:meta])?) => {
        /// Loads one register.
        ///
        /// # Safety
        ///
        /// `from` is valid for reads of its bytes, which others access as atomic bytes only, and the processor has it.
        #[inline]
        $(#[$feature])?
        unsafe fn $load_one(from: *const u8) -> $register {
            let register: $register;
            // SAFETY: the code reads bytes that the caller vouches for, writes the register that is declared, and nothing else.
            unsafe {
                asm!(
                    concat!($move, " {register}, [{from}]"),
                    from = in(reg) from,
                    register = out($class) register,
                    options(nostack, preserves_flags, readonly),
                );
            }
            register
        }

        /// Stores one register.
        ///
        /// # Safety
        ///
        /// `to` is valid for writes of its bytes, which others access as atomic bytes only, and the processor has it.
        #[inline]
        $(#[$feature])?
        unsafe fn $store_one(to: *mut u8, register: $register) {
            // SAFETY: the code writes bytes that the caller vouches for, and nothing else.
            unsafe {
                asm!(
                    concat!($move, " [{to}], {register}"),
                    to = in(reg) to,
                    register = in($class) register,
                    options(nostack, preserves_flags),
                );
            }
        }

        /// Copies `len` bytes, at least those of four registers, out of shared memory.
        ///
        /// # Safety
        ///
        /// As of [`load`], and the processor has the registers.
        #[inline]
        $(#[$feature])?
        pub(super) unsafe fn $load(shared: *const u8, private: *mut u8, len: usize) {
            const SIZE: usize = size_of::<$register>();
            // Copies `$count` registers from an offset on.
            macro_rules! copy {
                ($count:literal from $offset:expr) => {{
                    let offset = $offset;
                    let registers: [$register; $count] = array::from_fn(|index| {
                        // SAFETY: `add` requires that the registers' bytes lie inside, as all callers have it.
                        let from = unsafe { shared.add(offset + index * SIZE) };
                        // SAFETY: the caller of the function vouches for these bytes.
                        unsafe { $load_one(from) }
                    });
                    // SAFETY: `add`, as above.
                    let place = unsafe { private.add(offset) };
                    // SAFETY: `write_unaligned` requires a place that is valid for writes, as the caller vouches for.
                    unsafe { place.cast::<[$register; $count]>().write_unaligned(registers) };
                }};
            }
            copy!(1 from 0);
            let mut offset = SIZE - private.addr() % SIZE;
            while len - offset >= 4 * SIZE {
                copy!(4 from offset);
                offset += 4 * SIZE;
            }
            copy!(4 from len - 4 * SIZE);
        }

        /// Copies `len` bytes, at least those of four registers, into shared memory.
        ///
        /// # Safety
        ///
        /// As of [`store`], and the processor has the registers.
        #[inline]
        $(#[$feature])?
        pub(super) unsafe fn $store(shared: *mut u8, private: *const u8, len: usize) {
            const SIZE: usize = size_of::<$register>();
            // Copies `$count` registers from an offset on.
            macro_rules! copy {
                ($count:literal from $offset:expr) => {{
                    let offset = $offset;
                    // SAFETY: `add` requires that the registers' bytes lie inside, as all callers have it.
                    let place = unsafe { private.add(offset) };
                    // SAFETY: `read_unaligned` requires initialised bytes, as the caller vouches for.
                    let registers = unsafe { place.cast::<[$register; $count]>().read_unaligned() };
                    for (index, register) in registers.into_iter().enumerate() {
                        // SAFETY: `add`, as above.
                        let to = unsafe { shared.add(offset + index * SIZE) };
                        // SAFETY: the caller of the function vouches for these bytes.
                        unsafe { $store_one(to, register) };
                    }
                }};
            }
            copy!(1 from 0);
            let mut offset = SIZE - shared.addr() % SIZE;
            while len - offset >= 4 * SIZE {
                copy!(4 from offset);
                offset += 4 * SIZE;
            }
            copy!(4 from len - 4 * SIZE);
        }
    };
}

by_registers!(__m128i in xmm_reg by "movups": load_16, store_16, load_by_16, store_by_16);
by_registers!(
    __m256i in ymm_reg by "vmovups":
        load_32, store_32, load_by_32, store_by_32, #[target_feature(enable = "avx")]
);
