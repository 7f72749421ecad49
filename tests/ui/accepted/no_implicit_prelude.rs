//! Nothing is in scope but what the file names.
#![no_implicit_prelude]
#![allow(dead_code)]

use ::shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    rows: [Row; 2],
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
struct Row(u8, u8);

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    #[default]
    Idle,
    Changed(u64, Row),
}

#[derive(ShmSafe)]
#[repr(transparent)]
#[shm(no_implicit_prelude)]
enum Wrapper<T> {
    #[default]
    Only(T),
}

fn main() {
    ::std::assert_eq!((Record::LAYOUT.size, Event::LAYOUT.size), (8, 24));
    ::std::assert_eq!(Wrapper::<Event>::LAYOUT.size, 24);
}
