use shmcore::ShmSafe;
use std::cell::LazyCell;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: LazyCell<u32>,
    //~^ LazyCell<u32>
}

fn main() {}
