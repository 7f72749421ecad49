use shmcore::ShmSafe;
use std::path::PathBuf;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: PathBuf,
    //~^ PathBuf
}

fn main() {}
