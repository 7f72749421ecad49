use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
//~^ rustc: ShmSafe
#[swap(u8 => u8, b: Box<u8>)]
#[repr(C)]
struct A {
    a: u8,
}

fn main() {}
