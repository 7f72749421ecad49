//! Enums of every accepted representation: the tag, the discriminants and the offsets, against what memory holds.

use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicU16;

use shmcore::ShmSafe;
use shmcore::layout::{Kind, Primitive, TypeLayout};

/// Discriminant, and offsets of the fields.
type Variant<'a> = (i128, &'a [usize]);

#[track_caller]
fn check(layout: &TypeLayout, size: usize, expected_tag: Primitive, expected: &[Variant<'_>]) {
    let Kind::Enum { tag, variants } = layout.kind else { panic!("not an enum") };
    assert_eq!((layout.size, tag), (size, expected_tag), "{}", layout.name);
    assert_eq!(variants.len(), expected.len());
    for (variant, (discriminant, offsets)) in variants.iter().zip(expected) {
        let found: Vec<_> = variant.fields.iter().map(|field| field.offset).collect();
        assert_eq!((variant.discriminant, &*found), (*discriminant, *offsets), "{}", variant.name);
    }
}

#[derive(ShmSafe)]
#[repr(u8)]
enum Fieldless {
    A,
    B = 7,
    C,
}

#[derive(ShmSafe)]
#[repr(u8)]
enum UnionOfStructs {
    A = 3,
    B(u8, NonZeroU32) = 7,
    C { x: AtomicU16, y: [bool; 3] },
}

#[derive(ShmSafe)]
#[repr(C)]
enum TagThenUnion {
    A,
    B(u8),
    C(u8, u64),
}

#[derive(ShmSafe)]
#[repr(C, u16)]
enum WithBoth {
    A(u8) = 300,
    B(u8, u32),
}

#[derive(ShmSafe)]
#[repr(i8)]
enum Negative {
    A = -128,
    B,
    C = 127,
}

#[derive(ShmSafe)]
#[repr(u64)]
enum Huge {
    A = u64::MAX,
    B = 1 << 63,
}

#[derive(ShmSafe)]
#[repr(i64)]
enum HugeNegative {
    A = i64::MIN,
    B(u8) = i64::MAX,
}

#[derive(ShmSafe)]
#[repr(C)]
enum NegativeC {
    A = -1,
    B = 5,
}

#[derive(ShmSafe)]
#[repr(usize)]
enum PointerSized {
    A,
    B(u8),
}

#[derive(ShmSafe)]
#[repr(u8, align(32))]
enum Aligned {
    A(u128),
    B,
}

#[derive(ShmSafe)]
#[repr(C)]
#[repr(u32)]
#[repr(align(16))]
enum ThreeReprs {
    A(u64),
    B(u8),
}

#[derive(ShmSafe)]
#[repr(u8)]
enum OneVariant {
    Only(u64),
}

#[derive(ShmSafe)]
#[repr(transparent)]
enum Transparent {
    Only(PhantomData<u8>, u32, ()),
}

#[derive(ShmSafe)]
#[repr(u8)]
enum Generic<T, const N: usize> {
    None,
    Some(T),
    Many(u8, [T; N]),
}

const NINE: u8 = 9;

#[derive(ShmSafe)]
#[repr(u8)]
enum ByExpression {
    A = Self::THREE,
    B(u8) = NINE,
    C = { NINE * 2 },
}

impl ByExpression {
    const THREE: u8 = 3;
}

#[derive(ShmSafe)]
#[repr(u8)]
enum Nested {
    Inner(UnionOfStructs),
    Pair(Fieldless, Fieldless),
}

#[derive(ShmSafe)]
#[repr(u8)]
enum BigVariant {
    A,
    B([u8; 1 << 24]),
}

fn main() {
    check(Fieldless::LAYOUT, 1, Primitive::U8, &[(0, &[]), (7, &[]), (8, &[])]);
    check(UnionOfStructs::LAYOUT, 8, Primitive::U8, &[(3, &[]), (7, &[1, 4]), (8, &[2, 4])]);
    check(TagThenUnion::LAYOUT, 24, Primitive::I32, &[(0, &[]), (1, &[8]), (2, &[8, 16])]);
    check(WithBoth::LAYOUT, 12, Primitive::U16, &[(300, &[4]), (301, &[4, 8])]);
    check(Negative::LAYOUT, 1, Primitive::I8, &[(-128, &[]), (-127, &[]), (127, &[])]);
    check(Huge::LAYOUT, 8, Primitive::U64, &[(u64::MAX.into(), &[]), (1 << 63, &[])]);
    check(HugeNegative::LAYOUT, 16, Primitive::I64, &[(i64::MIN.into(), &[]), (i64::MAX.into(), &[8])]);
    check(NegativeC::LAYOUT, 4, Primitive::I32, &[(-1, &[]), (5, &[])]);
    check(PointerSized::LAYOUT, 2 * size_of::<usize>(), Primitive::Usize, &[(0, &[]), (1, &[size_of::<usize>()])]);
    check(Aligned::LAYOUT, 32, Primitive::U8, &[(0, &[16]), (1, &[])]);
    check(ThreeReprs::LAYOUT, 16, Primitive::U32, &[(0, &[8]), (1, &[8])]);
    check(OneVariant::LAYOUT, 16, Primitive::U8, &[(0, &[8])]);
    check(Generic::<u16, 3>::LAYOUT, 8, Primitive::U8, &[(0, &[]), (1, &[2]), (2, &[1, 2])]);
    check(Generic::<u64, 0>::LAYOUT, 16, Primitive::U8, &[(0, &[]), (1, &[8]), (2, &[1, 8])]);
    check(ByExpression::LAYOUT, 2, Primitive::U8, &[(3, &[]), (9, &[1]), (18, &[])]);
    check(Nested::LAYOUT, 12, Primitive::U8, &[(0, &[4]), (1, &[1, 2])]);
    check(BigVariant::LAYOUT, (1 << 24) + 1, Primitive::U8, &[(0, &[]), (1, &[1])]);
    let Kind::Struct { fields } = Transparent::LAYOUT.kind else { panic!("it has no tag") };
    assert_eq!((Transparent::LAYOUT.size, fields[1].offset, fields[1].layout.name), (4, 0, "u32"));
}
