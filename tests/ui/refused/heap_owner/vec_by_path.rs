use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: std::vec::Vec<u8>,
    //~^ std::vec::Vec<u8>
}

fn main() {}
