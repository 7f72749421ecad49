use shmcore::ShmSafe;
use std::fs::File;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: File,
    //~^ File
}

fn main() {}
