//! A user's own type is judged by what it is, not by its name.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Vec(u32);

#[derive(ShmSafe)]
#[repr(C)]
struct Body {
    at: Vec,
    towards: [Vec; 2],
}

fn main() {
    assert_eq!(Body::LAYOUT.size, 12);
}
