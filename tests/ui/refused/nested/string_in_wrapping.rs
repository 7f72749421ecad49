use shmcore::ShmSafe;
use std::num::Wrapping;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Wrapping<String>,
    //~^ Wrapping<String>
}

fn main() {}
