//! Bounds that replace those of the derive.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "T: ShmSafe + Copy")]
struct Copied<T>(T);

fn main() {
    assert_eq!(Copied::<u8>::LAYOUT.size, 1);
}
