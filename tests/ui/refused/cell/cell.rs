use shmcore::ShmSafe;
use std::cell::Cell;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Cell<u32>,
    //~^ Cell<u32>
}

fn main() {}
