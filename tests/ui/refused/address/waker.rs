use shmcore::ShmSafe;
use std::task::Waker;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Waker,
    //~^ Waker
}

fn main() {}
