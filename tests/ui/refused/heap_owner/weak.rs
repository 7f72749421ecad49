use shmcore::ShmSafe;
use std::sync::Weak;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Weak<u32>,
    //~^ Weak<u32>
}

fn main() {}
