use shmcore::ShmSafe;
use std::ops::Range;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Range<u32>,
    //~^ Range<u32>
}

fn main() {}
