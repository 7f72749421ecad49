use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: *mut std::ffi::c_void,
    //~^ *mut std::ffi::c_void
}

fn main() {}
