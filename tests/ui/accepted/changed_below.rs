//! An attribute macro below the derive may add what the derive does not care about.

use evil_macros::{append, swap};
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[append(
    impl Record {
        fn doubled(&self) -> u32 {
            2 * self.a
        }
    }
)]
#[repr(C)]
struct Record {
    a: u32,
}

#[swap(Vec => u8)]
#[derive(ShmSafe)]
#[repr(C)]
struct SwappedAbove {
    a: Vec,
}

fn main() {
    assert_eq!(Record { a: 4 }.doubled(), 8);
    assert_eq!(Record::LAYOUT.size, 4);
    assert_eq!(SwappedAbove { a: 1 }.a, 1);
    assert_eq!(SwappedAbove::LAYOUT.size, 1);
}
