//! Names that are keywords are plain in the layout.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct r#Struct {
    r#type: u8,
}

fn main() {
    assert!(r#Struct::LAYOUT.to_string().contains(" type\n"));
}
