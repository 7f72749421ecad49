//! An enum with data, and a tag of 16 bits in C's form.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, u16)]
enum Event {
    #[allow(dead_code)]
    Moved { x: u8, y: u32 },
    #[allow(dead_code)]
    Stopped,
}

fn main() {
    assert_eq!((Event::LAYOUT.size, Event::LAYOUT.align), (12, 4));
}
