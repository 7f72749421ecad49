use shmcore::ShmSafe;
use std::cmp::Ordering;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Ordering,
    //~^ Ordering
}

fn main() {}
