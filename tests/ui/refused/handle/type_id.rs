use shmcore::ShmSafe;
use std::any::TypeId;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: TypeId,
    //~^ TypeId
}

fn main() {}
