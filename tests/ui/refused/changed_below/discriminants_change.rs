use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(7 => 8)]
#[repr(u8)]
enum A {
    //~^ rustc: A
    X = 3,
    Y(u32) = 7,
}

fn main() {}
