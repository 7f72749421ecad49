use shmcore::ShmSafe;
use std::time::Duration;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Duration,
    //~^ Duration
}

fn main() {}
