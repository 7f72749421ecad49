use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(u32 => Box<u32>)]
#[repr(u8)]
enum A {
    X(u32),
    //~^ rustc: u32
}

fn main() {}
