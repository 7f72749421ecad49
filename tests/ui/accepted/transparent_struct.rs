//! A wrapper of one field.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(transparent)]
struct Id(u64);

fn main() {
    assert_eq!(Id::LAYOUT.size, 8);
}
