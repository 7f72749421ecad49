use shmcore::ShmSafe;
use std::thread::ThreadId;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: ThreadId,
    //~^ ThreadId
}

fn main() {}
