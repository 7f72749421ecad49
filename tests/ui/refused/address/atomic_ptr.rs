use shmcore::ShmSafe;
use std::sync::atomic::AtomicPtr;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: AtomicPtr<u8>,
    //~^ AtomicPtr<u8>
}

fn main() {}
