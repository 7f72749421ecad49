use shmcore::ShmSafe;
use std::cell::RefCell;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: RefCell<u32>,
    //~^ RefCell<u32>
}

fn main() {}
