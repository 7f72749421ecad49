//! Sixteen marks, looked at at once, and a prefetch. It is apart from the table because it is written for the processor.
//!
//! # Safety
//!
//! 1. What needs a feature of the processor is compiled only where the target has it.
#![allow(unsafe_code, reason = "uses instructions of SSE2")]

/// Marks in a group.
pub(crate) const GROUP: usize = 16;

/// A bit for each mark of a group that is the wanted one, and one for each that is 0.
#[inline]
pub(crate) fn alike_and_empty(marks: &[u8; GROUP], wanted: u8) -> (u16, u16) {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
    // SAFETY: `sse2` requires SSE2: invariant 1.
    return unsafe { sse2(marks, wanted) };
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
    return one_by_one(marks, wanted);
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
#[target_feature(enable = "sse2")]
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mask of 16 bytes has 16 bits")]
fn sse2(marks: &[u8; GROUP], wanted: u8) -> (u16, u16) {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm_setzero_si128,
    };
    // SAFETY: `_mm_loadu_si128` requires 16 bytes to read, at any address: the group.
    let marks = unsafe { _mm_loadu_si128(marks.as_ptr().cast()) };
    let alike = _mm_movemask_epi8(_mm_cmpeq_epi8(marks, _mm_set1_epi8(wanted.cast_signed())));
    let empty = _mm_movemask_epi8(_mm_cmpeq_epi8(marks, _mm_setzero_si128()));
    (alike as u16, empty as u16)
}

/// Lets the processor fetch what lies at an address, which may be any: it will be read soon, perhaps.
#[inline]
pub(crate) fn prefetch(address: *const u8) {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
    // SAFETY: `_mm_prefetch` requires nothing of an address: it reads nothing that the program could see, and never faults.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
    let _ = address;
}

/// A bit for each mark of a group whose top bit is set.
#[inline]
pub(crate) fn with_top_bit(marks: &[u8; GROUP]) -> u32 {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
    // SAFETY: `top_bits_sse2` requires SSE2: invariant 1.
    return unsafe { top_bits_sse2(marks) };
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
    return top_bits_one_by_one(marks);
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
#[target_feature(enable = "sse2")]
#[inline]
fn top_bits_sse2(marks: &[u8; GROUP]) -> u32 {
    use std::arch::x86_64::{_mm_loadu_si128, _mm_movemask_epi8};
    // SAFETY: `_mm_loadu_si128` requires 16 bytes to read, at any address: the group.
    let marks = unsafe { _mm_loadu_si128(marks.as_ptr().cast()) };
    _mm_movemask_epi8(marks).cast_unsigned()
}

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))))]
#[inline]
fn one_by_one(marks: &[u8; GROUP], wanted: u8) -> (u16, u16) {
    let (mut alike, mut empty) = (0, 0);
    for (bit, &mark) in marks.iter().enumerate() {
        alike |= u16::from(mark == wanted) << bit;
        empty |= u16::from(mark == 0) << bit;
    }
    (alike, empty)
}

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))))]
#[inline]
fn top_bits_one_by_one(marks: &[u8; GROUP]) -> u32 {
    marks.iter().enumerate().fold(0, |bits, (bit, &mark)| bits | u32::from(mark >> 7) << bit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{GROUP, alike_and_empty, one_by_one, top_bits_one_by_one, with_top_bit};

    proptest! {
        #[test]
        fn marks_are_compared_as_if_one_by_one(
            marks in prop::array::uniform16(prop_oneof![Just(0), any::<u8>(), 0x80_u8..0x84]),
            wanted in 0..GROUP,
        ) {
            let wanted = marks[wanted];
            prop_assert_eq!(alike_and_empty(&marks, wanted), one_by_one(&marks, wanted));
            prop_assert_eq!(with_top_bit(&marks), top_bits_one_by_one(&marks));
        }
    }
}
