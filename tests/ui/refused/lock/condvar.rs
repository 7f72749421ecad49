use shmcore::ShmSafe;
use std::sync::Condvar;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Condvar,
    //~^ Condvar
}

fn main() {}
