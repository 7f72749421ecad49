use shmcore::ShmSafe;
use std::ffi::OsString;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: OsString,
    //~^ OsString
}

fn main() {}
