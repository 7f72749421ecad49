use shmcore::ShmSafe;
use std::ffi::CString;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: CString,
    //~^ CString
}

fn main() {}
