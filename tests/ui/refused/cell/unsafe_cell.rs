use shmcore::ShmSafe;
use std::cell::UnsafeCell;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: UnsafeCell<u32>,
    //~^ UnsafeCell<u32>
}

fn main() {}
