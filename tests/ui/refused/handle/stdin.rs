use shmcore::ShmSafe;
use std::io::Stdin;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Stdin,
    //~^ Stdin
}

fn main() {}
