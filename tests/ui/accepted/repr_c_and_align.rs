//! An alignment of a cache line.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align(64))]
struct Line {
    count: std::sync::atomic::AtomicU64,
}

fn main() {
    assert_eq!((Line::LAYOUT.size, Line::LAYOUT.align), (64, 64));
}
