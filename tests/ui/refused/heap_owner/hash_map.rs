use shmcore::ShmSafe;
use std::collections::HashMap;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: HashMap<u32, u64>,
    //~^ HashMap<u32, u64>
}

fn main() {}
