//! A crate without `std`, but for the `main` that the test needs.
#![no_std]
#![allow(dead_code)]

extern crate std;

use core::sync::atomic::AtomicU32;

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Counters {
    hits: AtomicU32,
    state: State,
}

#[derive(ShmSafe)]
#[repr(u8)]
enum State {
    #[default]
    Idle,
    Busy(u16),
}

fn main() {
    assert_eq!(Counters::LAYOUT.size, 8);
}
