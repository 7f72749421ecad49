//! The one `Option` whose layout is fixed.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Slot {
    next: Option<std::num::NonZeroU32>,
}

fn main() {
    assert_eq!(Slot::LAYOUT.size, 4);
}
