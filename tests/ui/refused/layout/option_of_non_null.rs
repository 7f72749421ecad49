use shmcore::ShmSafe;
use std::ptr::NonNull;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Option<NonNull<u8>>,
    //~^ Option<NonNull<u8>>
}

fn main() {}
