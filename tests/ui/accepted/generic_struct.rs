//! A type parameter, for which the derive adds the bound.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Pair<T> {
    a: T,
    b: T,
}

fn main() {
    assert_eq!(Pair::<u16>::LAYOUT.size, 4);
}
