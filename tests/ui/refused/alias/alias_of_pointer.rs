use shmcore::ShmSafe;

type Address = *const u8;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Address,
    //~^ Address
}

fn main() {}
