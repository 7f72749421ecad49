use shmcore::ShmSafe;
use std::time::SystemTime;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: SystemTime,
    //~^ SystemTime
}

fn main() {}
