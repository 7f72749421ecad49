use shmcore::ShmSafe;
use std::ffi::c_void;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: c_void,
    //~^ c_void
}

fn main() {}
