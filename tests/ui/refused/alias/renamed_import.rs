use shmcore::ShmSafe;
use std::vec::Vec as List;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: List<u8>,
    //~^ List<u8>
}

fn main() {}
