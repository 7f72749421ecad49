//! Two `repr` attributes say together what one could.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[repr(align(32))]
struct Wide(u8);

fn main() {
    assert_eq!((Wide::LAYOUT.size, Wide::LAYOUT.align), (32, 32));
}
