use shmcore::ShmSafe;
use std::os::fd::RawFd;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: RawFd,
    //~^ RawFd
}

fn main() {}
