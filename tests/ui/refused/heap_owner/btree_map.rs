use shmcore::ShmSafe;
use std::collections::BTreeMap;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: BTreeMap<u32, u64>,
    //~^ BTreeMap<u32, u64>
}

fn main() {}
