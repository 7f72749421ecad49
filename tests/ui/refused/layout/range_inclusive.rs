use shmcore::ShmSafe;
use std::ops::RangeInclusive;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: RangeInclusive<u32>,
    //~^ RangeInclusive<u32>
}

fn main() {}
