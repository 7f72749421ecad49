use shmcore::ShmSafe;
use std::pin::Pin;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Pin<Box<u8>>,
    //~^ Pin<Box<u8>>
}

fn main() {}
