use shmcore::ShmSafe;
use std::sync::OnceLock;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: OnceLock<u32>,
    //~^ OnceLock<u32>
}

fn main() {}
