use shmcore::ShmSafe;
use std::os::fd::BorrowedFd;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: BorrowedFd<'static>,
    //~^ BorrowedFd<'static>
}

fn main() {}
