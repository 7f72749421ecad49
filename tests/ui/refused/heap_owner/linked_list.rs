use shmcore::ShmSafe;
use std::collections::LinkedList;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: LinkedList<u32>,
    //~^ LinkedList<u32>
}

fn main() {}
