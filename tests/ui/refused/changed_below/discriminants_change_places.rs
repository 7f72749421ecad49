use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(3 => 0x7)]
#[swap(7 => 0x3)]
#[repr(u8)]
enum A {
    X = 3,
    Y = 7,
    //~^ Y
}

fn main() {}
