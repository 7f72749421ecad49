use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: *mut u8,
    //~^ *mut u8
}

fn main() {}
