//! Types of `core` that need no derive, as fields.
#![allow(dead_code)]

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::num::{NonZero, NonZeroI64, NonZeroU8, Wrapping};
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize,
};

use shmcore::ShmSafe;
use shmcore::layout::{Kind, Primitive};

#[derive(ShmSafe)]
#[repr(C)]
struct Numbers(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char);

#[derive(ShmSafe)]
#[repr(C)]
struct Atomics(
    AtomicBool,
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize,
);

#[derive(ShmSafe)]
#[repr(C)]
struct Others {
    unit: (),
    non_zero: NonZeroU8,
    optional: Option<NonZeroU8>,
    generic: Option<NonZero<i64>>,
    alias: NonZeroI64,
    mark: PhantomData<str>,
    wrapping: Wrapping<u16>,
    maybe: MaybeUninit<u32>,
    empty: [u8; 0],
    long: [[u8; 1000]; 100],
    by_path: core::sync::atomic::AtomicU32,
}

fn main() {
    assert_eq!(Numbers::LAYOUT.size, size_of::<Numbers>());
    assert_eq!(Atomics::LAYOUT.size, size_of::<Atomics>());
    assert_eq!(Others::LAYOUT.size, size_of::<Others>());
    let Kind::Struct { fields } = Others::LAYOUT.kind else { panic!("not a struct") };
    assert_eq!(fields[1].layout.kind, Kind::NonZero(Primitive::U8));
    assert_eq!(fields[2].layout.kind, Kind::Primitive(Primitive::U8));
    assert_eq!(fields[9].layout.size, 100_000);
}
