use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Result<u32, u8>,
    //~^ Result<u32, u8>
}

fn main() {}
