use shmcore::ShmSafe;
use std::sync::Once;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Once,
    //~^ Once
}

fn main() {}
