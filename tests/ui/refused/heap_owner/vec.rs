use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
