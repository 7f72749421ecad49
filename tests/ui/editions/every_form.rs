#![forbid(unsafe_code)]
#![allow(dead_code)]
extern crate shmcore;

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    lines: [Line; 2],
}

#[derive(ShmSafe)]
#[repr(C, align(64))]
struct Line(u8, std::marker::PhantomData<u8>);

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    #[default]
    Idle,
    Count(u32, Line),
    Named { id: u16 } = 7,
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
struct Pair<T> {
    a: T,
    b: T,
}

#[derive(ShmSafe)]
#[repr(transparent)]
enum Wrapper {
    Only(u32, ()),
}

fn is_default<T: shmcore::PlacementDefault>() {}

fn main() {
    is_default::<Event>();
    is_default::<Pair<Record>>();
    is_default::<Pair<u32>>();
}
