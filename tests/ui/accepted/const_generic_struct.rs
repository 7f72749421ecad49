//! A constant parameter.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Buffer<const N: usize> {
    len: u32,
    bytes: [u8; N],
}

fn main() {
    assert_eq!(Buffer::<100>::LAYOUT.size, 104);
}
