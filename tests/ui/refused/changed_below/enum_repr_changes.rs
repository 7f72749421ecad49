use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(u8 => C)]
#[repr(u8)]
enum A {
    //~^ A
    X(u32),
    Y(u16, u32, u16),
}

fn main() {}
