//! `deny_padding` has nothing to say where there is none.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
struct Dense {
    a: u32,
    b: u32,
}

fn main() {
    assert_eq!(Dense::LAYOUT.size, 8);
}
