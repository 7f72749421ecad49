use shmcore::ShmSafe;
use std::sync::Mutex;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Mutex<u32>,
    //~^ Mutex<u32>
}

fn main() {}
