use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: *const u8,
    //~^ *const u8
}

fn main() {}
