use evil_macros::swap;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
//~^ rustc: ShmSafe
#[swap(a => b)]
#[repr(u8)]
enum A {
    X { a: u8 },
    //~^ rustc: a
}

fn main() {}
