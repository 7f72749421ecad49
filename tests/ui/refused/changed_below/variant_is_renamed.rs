use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[swap(Y => Z)]
#[repr(u8)]
enum A {
    X,
    Y,
    //~^ rustc: Y
}

fn main() {}
