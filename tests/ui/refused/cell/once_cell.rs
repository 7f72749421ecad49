use shmcore::ShmSafe;
use std::cell::OnceCell;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: OnceCell<u32>,
    //~^ OnceCell<u32>
}

fn main() {}
