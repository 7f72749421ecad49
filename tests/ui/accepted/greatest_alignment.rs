//! The greatest alignment, that of a page.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align(4096))]
struct Page([u8; 4096]);

fn main() {
    assert_eq!(Page::LAYOUT.align, 4096);
}
