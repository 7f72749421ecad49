use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(C => C, packed)]
#[repr(C)]
struct A {
    a: u8,
    b: u32,
    //~^ rustc: u32
}

fn main() {}
