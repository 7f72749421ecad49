use shmcore::ShmSafe;
use std::os::fd::OwnedFd;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: OwnedFd,
    //~^ OwnedFd
}

fn main() {}
