use shmcore::ShmSafe;
use std::mem::MaybeUninit;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: MaybeUninit<Vec<u8>>,
    //~^ MaybeUninit<Vec<u8>>
}

fn main() {}
