use shmcore::ShmSafe;
use std::mem::ManuallyDrop;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: ManuallyDrop<Box<u8>>,
    //~^ ManuallyDrop<Box<u8>>
}

fn main() {}
