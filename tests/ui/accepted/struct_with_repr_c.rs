//! A struct with named fields.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Point {
    x: i32,
    y: i64,
}

fn main() {
    assert_eq!((Point::LAYOUT.size, Point::LAYOUT.align), (16, 8));
}
