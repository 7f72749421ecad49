use shmcore::{ShmMutex, ShmSafe};

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: ShmMutex<Vec<u8>>,
    //~^ ShmMutex<Vec<u8>>
}

fn main() {}
