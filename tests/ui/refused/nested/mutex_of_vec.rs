use shmcore::ShmSafe;
use std::sync::Mutex;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Mutex<Vec<u8>>,
    //~^ Mutex<Vec<u8>>
}

fn main() {}
