use shmcore::ShmSafe;
use std::thread::JoinHandle;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: JoinHandle<u32>,
    //~^ JoinHandle<u32>
}

fn main() {}
