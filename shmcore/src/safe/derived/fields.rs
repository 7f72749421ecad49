//! The fields of a struct, put together by one call: what the derive writes stays short, and so does the time that the
//! compiler takes for it.
//!
//! # Safety
//!
//! 1. The functions run in const evaluation only: they are called by the derive's output, inside a constant. There an
//!    invalid operation is an error of the compilation, never undefined behaviour of the program.
#![allow(unsafe_code, reason = "takes the distance of two pointers into a value that is not initialised")]

use crate::layout::{Field, TypeLayout};

macro_rules! of {
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
        #[expect(clippy::too_many_arguments, reason = "one for each field")]
        pub const unsafe fn $name<S, $($type),*>(
            names: [&'static str; $count],
            layouts: [&'static TypeLayout; $count],
            base: *const S,
            $($field: *const $type),*
        ) -> [Field; $count] {
            [$(Field {
                name: names[$index],
                // SAFETY: `byte_offset_from_unsigned` requires two pointers into one allocation, the first not before the
                // second: the caller vouches for it.
                offset: unsafe { $field.byte_offset_from_unsigned(base) },
                layout: layouts[$index],
            }),*]
        }
    )*};
}

of! {
    of_1 1: A a 0;
    of_2 2: A a 0 B b 1;
    of_3 3: A a 0 B b 1 C c 2;
    of_4 4: A a 0 B b 1 C c 2 D d 3;
    of_5 5: A a 0 B b 1 C c 2 D d 3 E e 4;
    of_6 6: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5;
    of_7 7: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6;
    of_8 8: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7;
    of_9 9: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8;
    of_10 10: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9;
    of_11 11: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10;
    of_12 12: A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9 K k 10 L l 11;
}

/// The fields of both, one after the other.
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
