use shmcore::ShmSafe;
use std::collections::HashSet;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: HashSet<u32>,
    //~^ HashSet<u32>
}

fn main() {}
