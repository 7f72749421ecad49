use shmcore::ShmSafe;
use std::time::Instant;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Instant,
    //~^ Instant
}

fn main() {}
