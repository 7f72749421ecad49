//! One call for the fields of a struct whose layouts are asked by its bounds.
//!
//! The functions are written out, because messages of the compiler may show them: a macro would be shown whole. That is why they
//! are apart from their neighbours.
#![allow(unsafe_code, reason = "hands pointers on")]
#![allow(clippy::missing_safety_doc, reason = "told at the neighbour that each calls")]
#![allow(clippy::many_single_char_names, clippy::too_many_arguments, reason = "one for each field")]

use super::super::field;
use super::{
    asked_1, asked_2, asked_3, asked_4, asked_5, asked_6, asked_7, asked_8, asked_9, asked_10, asked_11,
    asked_12,
};
use crate::layout::Field;

/// [`asked_1`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_1<S, A: field::ShmSafe>(
    names: [&'static str; 1],
    base: *const S,
    a: *const A,
) -> [Field; 1] {
    // SAFETY: the caller vouches for the same.
    unsafe { asked_1(names, [A::FIELD], base, a) }
}

/// [`asked_2`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_2<S, A: field::ShmSafe, B: field::ShmSafe>(
    names: [&'static str; 2],
    base: *const S,
    a: *const A,
    b: *const B,
) -> [Field; 2] {
    // SAFETY: the caller vouches for the same.
    unsafe { asked_2(names, [A::FIELD, B::FIELD], base, a, b) }
}

/// [`asked_3`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_3<S, A: field::ShmSafe, B: field::ShmSafe, C: field::ShmSafe>(
    names: [&'static str; 3],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
) -> [Field; 3] {
    // SAFETY: the caller vouches for the same.
    unsafe { asked_3(names, [A::FIELD, B::FIELD, C::FIELD], base, a, b, c) }
}

/// [`asked_4`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_4<S, A: field::ShmSafe, B: field::ShmSafe, C: field::ShmSafe, D: field::ShmSafe>(
    names: [&'static str; 4],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
) -> [Field; 4] {
    // SAFETY: the caller vouches for the same.
    unsafe { asked_4(names, [A::FIELD, B::FIELD, C::FIELD, D::FIELD], base, a, b, c, d) }
}

/// [`asked_5`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_5<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
>(
    names: [&'static str; 5],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
) -> [Field; 5] {
    // SAFETY: the caller vouches for the same.
    unsafe { asked_5(names, [A::FIELD, B::FIELD, C::FIELD, D::FIELD, E::FIELD], base, a, b, c, d, e) }
}

/// [`asked_6`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_6<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
>(
    names: [&'static str; 6],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
) -> [Field; 6] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_6(names, [A::FIELD, B::FIELD, C::FIELD, D::FIELD, E::FIELD, F::FIELD], base, a, b, c, d, e, f)
    }
}

/// [`asked_7`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_7<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
    G: field::ShmSafe,
>(
    names: [&'static str; 7],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
    g: *const G,
) -> [Field; 7] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_7(
            names,
            [A::FIELD, B::FIELD, C::FIELD, D::FIELD, E::FIELD, F::FIELD, G::FIELD],
            base,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
        )
    }
}

/// [`asked_8`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_8<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
    G: field::ShmSafe,
    H: field::ShmSafe,
>(
    names: [&'static str; 8],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
    g: *const G,
    h: *const H,
) -> [Field; 8] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_8(
            names,
            [A::FIELD, B::FIELD, C::FIELD, D::FIELD, E::FIELD, F::FIELD, G::FIELD, H::FIELD],
            base,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
        )
    }
}

/// [`asked_9`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_9<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
    G: field::ShmSafe,
    H: field::ShmSafe,
    I: field::ShmSafe,
>(
    names: [&'static str; 9],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
    g: *const G,
    h: *const H,
    i: *const I,
) -> [Field; 9] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_9(
            names,
            [A::FIELD, B::FIELD, C::FIELD, D::FIELD, E::FIELD, F::FIELD, G::FIELD, H::FIELD, I::FIELD],
            base,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
        )
    }
}

/// [`asked_10`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_10<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
    G: field::ShmSafe,
    H: field::ShmSafe,
    I: field::ShmSafe,
    J: field::ShmSafe,
>(
    names: [&'static str; 10],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
    g: *const G,
    h: *const H,
    i: *const I,
    j: *const J,
) -> [Field; 10] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_10(
            names,
            [
                A::FIELD,
                B::FIELD,
                C::FIELD,
                D::FIELD,
                E::FIELD,
                F::FIELD,
                G::FIELD,
                H::FIELD,
                I::FIELD,
                J::FIELD,
            ],
            base,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            j,
        )
    }
}

/// [`asked_11`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_11<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
    G: field::ShmSafe,
    H: field::ShmSafe,
    I: field::ShmSafe,
    J: field::ShmSafe,
    K: field::ShmSafe,
>(
    names: [&'static str; 11],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
    g: *const G,
    h: *const H,
    i: *const I,
    j: *const J,
    k: *const K,
) -> [Field; 11] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_11(
            names,
            [
                A::FIELD,
                B::FIELD,
                C::FIELD,
                D::FIELD,
                E::FIELD,
                F::FIELD,
                G::FIELD,
                H::FIELD,
                I::FIELD,
                J::FIELD,
                K::FIELD,
            ],
            base,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            j,
            k,
        )
    }
}

/// [`asked_12`], which has the conditions, with the layouts of these types.
#[must_use]
pub const unsafe fn known_12<
    S,
    A: field::ShmSafe,
    B: field::ShmSafe,
    C: field::ShmSafe,
    D: field::ShmSafe,
    E: field::ShmSafe,
    F: field::ShmSafe,
    G: field::ShmSafe,
    H: field::ShmSafe,
    I: field::ShmSafe,
    J: field::ShmSafe,
    K: field::ShmSafe,
    L: field::ShmSafe,
>(
    names: [&'static str; 12],
    base: *const S,
    a: *const A,
    b: *const B,
    c: *const C,
    d: *const D,
    e: *const E,
    f: *const F,
    g: *const G,
    h: *const H,
    i: *const I,
    j: *const J,
    k: *const K,
    l: *const L,
) -> [Field; 12] {
    // SAFETY: the caller vouches for the same.
    unsafe {
        asked_12(
            names,
            [
                A::FIELD,
                B::FIELD,
                C::FIELD,
                D::FIELD,
                E::FIELD,
                F::FIELD,
                G::FIELD,
                H::FIELD,
                I::FIELD,
                J::FIELD,
                K::FIELD,
                L::FIELD,
            ],
            base,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            j,
            k,
            l,
        )
    }
}
