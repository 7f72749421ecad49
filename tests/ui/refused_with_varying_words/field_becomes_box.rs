use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(u8 => Box<u8>)]
#[repr(C)]
struct A {
    a: u8,
    //~^ rustc: u8
    //~^^ rustc: u8
}

fn main() {}
