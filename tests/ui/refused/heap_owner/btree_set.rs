use shmcore::ShmSafe;
use std::collections::BTreeSet;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: BTreeSet<u32>,
    //~^ BTreeSet<u32>
}

fn main() {}
