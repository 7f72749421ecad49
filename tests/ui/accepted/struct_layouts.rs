//! Structs of every accepted form, and where their fields lie.

use std::marker::PhantomData;

use shmcore::ShmSafe;
use shmcore::layout::{Field, Kind, TypeLayout};

const fn fields(layout: &TypeLayout) -> &'static [Field] {
    let Kind::Struct { fields } = layout.kind else { panic!("not a struct") };
    fields
}

#[track_caller]
fn check(layout: &TypeLayout, size: usize, align: usize, expected: &[(&str, usize)]) {
    let found: Vec<_> = fields(layout).iter().map(|field| (field.name, field.offset)).collect();
    assert_eq!((layout.size, layout.align, &*found), (size, align, expected), "{}", layout.name);
}

#[derive(ShmSafe)]
#[repr(C)]
struct Named {
    a: u8,
    b: u32,
    c: u16,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Tuple(u64, pub bool);

#[derive(ShmSafe)]
#[repr(C)]
struct Unit;

#[derive(ShmSafe)]
#[repr(C)]
struct EmptyTuple();

#[derive(ShmSafe)]
#[repr(C)]
struct EmptyBraces {}

#[derive(ShmSafe)]
#[repr(C)]
struct Nested {
    inner: Named,
    rows: [[Tuple; 2]; 3],
}

#[derive(ShmSafe)]
#[repr(C, align(64))]
struct Aligned {
    a: u8,
}

#[derive(ShmSafe)]
#[repr(C)]
#[repr(align(16))]
struct TwoReprs {
    a: u8,
}

#[derive(ShmSafe)]
#[repr(C, align(4096))]
struct Page([u8; 4096]);

#[derive(ShmSafe)]
#[repr(transparent)]
struct Transparent(f64);

#[derive(ShmSafe)]
#[repr(transparent)]
struct Tagged<T> {
    value: u32,
    mark: PhantomData<T>,
}

#[derive(ShmSafe)]
#[cfg_attr(all(), repr(C))]
struct ByCfgAttr {
    a: u8,
    #[cfg(any())]
    b: Vec<u8>,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Generic<T, const N: usize = 3> {
    head: T,
    rest: [T; N],
}

#[derive(ShmSafe)]
#[repr(C)]
struct ConstExpression {
    a: [u8; 1 + 2],
    b: [u8; size_of::<u64>()],
}

#[derive(ShmSafe)]
#[repr(C)]
struct Large {
    a: [u64; 1_000_000],
}

trait Owner {
    type Owned;
    const LEN: usize;
}

impl Owner for u8 {
    type Owned = u32;
    const LEN: usize = 5;
}

#[derive(ShmSafe)]
#[repr(C)]
struct OfAssociatedType<T: Owner> {
    owned: <T as Owner>::Owned,
    short: T::Owned,
    owner: T,
}

#[derive(ShmSafe)]
#[repr(C)]
struct OfAssociatedConst {
    a: [u8; <u8 as Owner>::LEN],
    b: <u8 as Owner>::Owned,
}

#[derive(ShmSafe)]
#[repr(C)]
struct NoSizeButAlign {
    a: u8,
    b: [u64; 0],
    c: PhantomData<&'static str>,
}

fn main() {
    check(Named::LAYOUT, 12, 4, &[("a", 0), ("b", 4), ("c", 8)]);
    check(Tuple::LAYOUT, 16, 8, &[("0", 0), ("1", 8)]);
    check(Unit::LAYOUT, 0, 1, &[]);
    check(EmptyTuple::LAYOUT, 0, 1, &[]);
    check(EmptyBraces::LAYOUT, 0, 1, &[]);
    check(Nested::LAYOUT, 112, 8, &[("inner", 0), ("rows", 16)]);
    check(Aligned::LAYOUT, 64, 64, &[("a", 0)]);
    check(TwoReprs::LAYOUT, 16, 16, &[("a", 0)]);
    check(Page::LAYOUT, 4096, 4096, &[("0", 0)]);
    check(Transparent::LAYOUT, 8, 8, &[("0", 0)]);
    check(Tagged::<u8>::LAYOUT, 4, 4, &[("value", 0), ("mark", fields(Tagged::<u8>::LAYOUT)[1].offset)]);
    check(ByCfgAttr::LAYOUT, 1, 1, &[("a", 0)]);
    check(Generic::<u16>::LAYOUT, 8, 2, &[("head", 0), ("rest", 2)]);
    check(Generic::<Named, 1>::LAYOUT, 24, 4, &[("head", 0), ("rest", 12)]);
    check(ConstExpression::LAYOUT, 11, 1, &[("a", 0), ("b", 3)]);
    check(Large::LAYOUT, 8_000_000, 8, &[("a", 0)]);
    check(OfAssociatedType::<u8>::LAYOUT, 12, 4, &[("owned", 0), ("short", 4), ("owner", 8)]);
    check(OfAssociatedConst::LAYOUT, 12, 4, &[("a", 0), ("b", 8)]);
    check(NoSizeButAlign::LAYOUT, 8, 8, &[("a", 0), ("b", 8), ("c", 8)]);
}
