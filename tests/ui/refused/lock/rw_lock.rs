use shmcore::ShmSafe;
use std::sync::RwLock;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: RwLock<u32>,
    //~^ RwLock<u32>
}

fn main() {}
