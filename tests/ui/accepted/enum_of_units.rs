//! An enum without data, with numbers of its own.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(i8)]
#[allow(dead_code)]
enum Side {
    Buy = -1,
    Sell = 1,
}

fn main() {
    assert_eq!(Side::LAYOUT.size, 1);
}
