use shmcore::ShmSafe;
use std::sync::Barrier;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Barrier,
    //~^ Barrier
}

fn main() {}
