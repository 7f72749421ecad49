//! Copying by registers of 16 bytes, which every processor of `x86_64` has, and of 32, which most have. It is apart because
//! only assembly may load and store so many bytes while others write; the argument is in the module above.
//!
//! Private memory is accessed by Rust code: so the compiler knows what is written there, and lets a value be made where it is
//! wanted.
#![allow(unsafe_code, reason = "assembly")]

use std::arch::asm;
use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{__m128i, __m256i};

/// Bytes of a piece.
const PIECE: usize = size_of::<__m128i>();

/// Bytes of a block.
const BLOCK: usize = 4 * size_of::<__m256i>();

/// How many bytes, from the first on, are copied in pieces.
pub(super) const fn in_pieces(len: usize) -> usize {
    len / PIECE * PIECE
}

/// How many of them are copied in blocks, by a loop.
const fn in_blocks(len: usize) -> usize {
    if len > super::LARGE { len / BLOCK * BLOCK } else { 0 }
}

/// Copies `len` bytes, a multiple of [`PIECE`], out of shared memory.
///
/// # Safety
///
/// 1. `shared` is valid for reads of `len` bytes, which others access as atomic bytes only;
/// 2. `private` is valid for writes of `len` bytes, and nobody else uses them.
#[inline]
pub(super) unsafe fn load(shared: *const u8, private: *mut u8, len: usize) {
    let blocks = in_blocks(len);
    if blocks > 0 {
        if is_x86_feature_detected!("avx") {
            // SAFETY: `load_by_32` requires AVX, which was just detected, and what this function does, of blocks.
            unsafe { load_by_32(shared, private, 0, blocks) };
        } else {
            // SAFETY: `load_by_16` requires what this function does.
            unsafe { load_by_16(shared, private, 0, blocks) };
        }
    }
    // SAFETY: the same, of the rest.
    unsafe { load_by_16(shared, private, blocks, len) };
}

/// Copies `len` bytes, a multiple of [`PIECE`], into shared memory.
///
/// # Safety
///
/// 1. `shared` is valid for writes of `len` bytes, which others access as atomic bytes only;
/// 2. `private` is valid for reads of `len` initialised bytes, which nobody writes.
#[inline]
pub(super) unsafe fn store(shared: *mut u8, private: *const u8, len: usize) {
    let blocks = in_blocks(len);
    if blocks > 0 {
        if is_x86_feature_detected!("avx") {
            // SAFETY: `store_by_32` requires AVX, which was just detected, and what this function does, of blocks.
            unsafe { store_by_32(shared, private, 0, blocks) };
        } else {
            // SAFETY: `store_by_16` requires what this function does.
            unsafe { store_by_16(shared, private, 0, blocks) };
        }
    }
    // SAFETY: the same, of the rest.
    unsafe { store_by_16(shared, private, blocks, len) };
}

/// The functions that load and store by one kind of register, one after the other or four at once.
macro_rules! by_registers {
    ($register:ident in $class:ident by $move:literal: $load:ident, $store:ident $(, #[$feature:meta])?) => {
        /// Copies the bytes from `offset` to `len`, a multiple of the register's size later, out of shared memory.
        ///
        /// # Safety
        ///
        /// As of [`load`], and the processor has the registers.
        #[inline]
        $(#[$feature])?
        pub(super) unsafe fn $load(shared: *const u8, private: *mut u8, mut offset: usize, len: usize) {
            const SIZE: usize = size_of::<$register>();
            while offset < len {
                // SAFETY: `add` requires that the register's bytes lie inside: `len` is a multiple of its size away.
                let from = unsafe { shared.add(offset) };
                let register: $register;
                // SAFETY: the code reads bytes that the caller vouches for, writes the register that is declared, and nothing
                // else.
                unsafe {
                    asm!(
                        concat!($move, " {register}, [{from}]"),
                        from = in(reg) from,
                        register = out($class) register,
                        options(nostack, preserves_flags, readonly),
                    );
                }
                // SAFETY: `add`, as above.
                let place = unsafe { private.add(offset) };
                // SAFETY: `write_unaligned` requires a place that is valid for writes, as the caller vouches for.
                unsafe { place.cast::<$register>().write_unaligned(register) };
                offset += SIZE;
            }
        }

        /// Copies the bytes from `offset` to `len`, a multiple of the register's size later, into shared memory.
        ///
        /// # Safety
        ///
        /// As of [`store`], and the processor has the registers.
        #[inline]
        $(#[$feature])?
        pub(super) unsafe fn $store(shared: *mut u8, private: *const u8, mut offset: usize, len: usize) {
            const SIZE: usize = size_of::<$register>();
            while offset < len {
                // SAFETY: `add` requires that the register's bytes lie inside: `len` is a multiple of its size away.
                let place = unsafe { private.add(offset) };
                // SAFETY: `read_unaligned` requires initialised bytes, as the caller vouches for.
                let register = unsafe { place.cast::<$register>().read_unaligned() };
                // SAFETY: `add`, as above.
                let to = unsafe { shared.add(offset) };
                // SAFETY: the code writes bytes that the caller vouches for, and nothing else.
                unsafe {
                    asm!(
                        concat!($move, " [{to}], {register}"),
                        to = in(reg) to,
                        register = in($class) register,
                        options(nostack, preserves_flags),
                    );
                }
                offset += SIZE;
            }
        }
    };
}

by_registers!(__m128i in xmm_reg by "movups": load_by_16, store_by_16);
by_registers!(__m256i in ymm_reg by "vmovups": load_by_32, store_by_32, #[target_feature(enable = "avx")]);
