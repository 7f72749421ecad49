//! Arrays have no greatest length.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Table {
    rows: [[u16; 33]; 1000],
}

fn main() {
    assert_eq!(Table::LAYOUT.size, 66_000);
}
