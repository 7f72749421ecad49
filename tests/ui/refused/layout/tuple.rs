use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: (u32, u8),
    //~^ (u32, u8)
}

fn main() {}
