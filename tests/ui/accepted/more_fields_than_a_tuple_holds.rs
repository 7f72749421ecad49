//! Thirty fields: the derive asks twelve at a time.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Many {
    f0: u8,
    f1: u16,
    f2: u32,
    f3: u8,
    f4: u16,
    f5: u32,
    f6: u8,
    f7: u16,
    f8: u32,
    f9: u8,
    f10: u16,
    f11: u32,
    f12: u8,
    f13: u16,
    f14: u32,
    f15: u8,
    f16: u16,
    f17: u32,
    f18: u8,
    f19: u16,
    f20: u32,
    f21: u8,
    f22: u16,
    f23: u32,
    f24: u8,
    f25: u16,
    f26: u32,
    f27: u8,
    f28: u16,
    f29: u32,
}

fn main() {
    assert_eq!((Many::LAYOUT.size, Many::LAYOUT.align), (80, 4));
}
