use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: fn(u32) -> u32,
    //~^ fn(u32) -> u32
}

fn main() {}
