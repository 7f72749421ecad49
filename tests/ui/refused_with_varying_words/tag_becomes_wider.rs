use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(u8 => u16)]
#[repr(u8)]
enum A {
    X,
    Y(u32),
}

fn main() {}
