use shmcore::ShmSafe;
use std::ptr::NonNull;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: NonNull<u8>,
    //~^ NonNull<u8>
}

fn main() {}
