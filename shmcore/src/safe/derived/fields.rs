//! The fields of a struct, put together by one call: what the derive writes stays short, and so does the time that the
//! compiler takes for it.
//!
//! # Safety
//!
//! 1. The functions run in const evaluation only: they are called by the derive's output, inside a constant. There an
//!    invalid operation is an error of the compilation, never undefined behaviour of the program.
#![allow(unsafe_code, reason = "takes the distance of two pointers into a value that is not initialised")]

mod known;

use crate::layout::{Field, TypeLayout};
pub use known::*;

/// One field.
///
/// # Safety
///
/// Both pointers are into one value. For const evaluation only (invariant 1).
const unsafe fn at<S, T>(
    name: &'static str,
    layout: &'static TypeLayout,
    base: *const S,
    field: *const T,
) -> Field {
    // SAFETY: `byte_offset_from_unsigned` requires two pointers into one allocation, the first not before the second: the
    // caller vouches for it.
    let offset = unsafe { field.byte_offset_from_unsigned(base) };
    Field { name, offset, layout }
}

macro_rules! asked {
    ($($name:ident $count:literal: $($type:ident $field:ident $index:literal)*;)*) => {$(
        /// The fields with these names, layouts and places, in a value of `S` that starts at `base`.
        ///
        /// The types are given by the caller, and a pointer to another type does not convert to one of them: so the
        /// layouts are those of the fields that are there.
        ///
        /// # Safety
        ///
        /// All pointers are into the value at `base`. For const evaluation only (invariant 1).
        #[must_use]
        #[allow(clippy::too_many_arguments, reason = "one for each field")]
        pub const unsafe fn $name<S, $($type),*>(
            names: [&'static str; $count],
            layouts: [&'static TypeLayout; $count],
            base: *const S,
            $($field: *const $type),*
        ) -> [Field; $count] {
            [$(
                // SAFETY: the caller vouches for the pointers.
                unsafe { at(names[$index], layouts[$index], base, $field) },
            )*]
        }
    )*};
}

asked! {
    asked_1 1: A a 0;
    asked_2 2: A a 0 B b 1;
    asked_3 3: A a 0 B b 1 C c 2;
    asked_4 4: A a 0 B b 1 C c 2 D d 3;
    asked_5 5: A a 0 B b 1 C c 2 D d 3 E e 4;
    asked_6 6: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5;
    asked_7 7: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6;
    asked_8 8: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7;
    asked_9 9: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8;
    asked_10 10: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9;
    asked_11 11: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10;
    asked_12 12: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11;
}

/// The fields of both in declaration order: those of `asked` have the numbers `places`.
///
/// # Panics
///
/// If there are more or fewer than `N`.
#[must_use]
pub const fn merge<const KNOWN: usize, const ASKED: usize, const N: usize>(
    known: [Field; KNOWN],
    asked: [Field; ASKED],
    places: [usize; ASKED],
) -> [Field; N] {
    assert!(KNOWN + ASKED == N);
    let mut all = [Field { name: "", offset: 0, layout: super::inert::LAYOUT }; N];
    let (mut k, mut a, mut i) = (0, 0, 0);
    while i < N {
        if a < ASKED && places[a] == i {
            all[i] = asked[a];
            a += 1;
        } else {
            all[i] = known[k];
            k += 1;
        }
        i += 1;
    }
    all
}

/// The fields of both, one after the other.
///
/// # Panics
///
/// If `N` is not the sum of the other two.
#[must_use]
pub const fn join<const A: usize, const B: usize, const N: usize>(
    first: [Field; A],
    second: [Field; B],
) -> [Field; N] {
    assert!(A + B == N);
    let mut all = [Field { name: "", offset: 0, layout: super::inert::LAYOUT }; N];
    let mut i = 0;
    while i < A {
        all[i] = first[i];
        i += 1;
    }
    while i < N {
        all[i] = second[i - A];
        i += 1;
    }
    all
}
