use shmcore::ShmSafe;
use std::mem::ManuallyDrop;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: ManuallyDrop<u32>,
    //~^ ManuallyDrop<u32>
}

fn main() {}
