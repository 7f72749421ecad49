use shmcore::ShmSafe;
use std::collections::BinaryHeap;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: BinaryHeap<u32>,
    //~^ BinaryHeap<u32>
}

fn main() {}
