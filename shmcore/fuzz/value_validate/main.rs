//! Validation of values: bytes are refused just where a model that knows the type refuses them, and what is accepted
//! can be used.
#![no_main]

use std::mem::offset_of;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use libfuzzer_sys::fuzz_target;
use shmcore::ShmSafe;
use shmcore::layout::fuzzing;

#[derive(ShmSafe)]
#[repr(C)]
struct Value {
    live: AtomicBool,
    count: AtomicU16,
    letter: char,
    small: NonZero<u16>,
    shapes: [Shape; 3],
    wide: NonZero<u128>,
    maybe: Option<NonZero<u64>>,
}

/// The fields of `Text` lie at 4, those of `Pair` at 1 and 4.
#[derive(ShmSafe, Debug)]
#[repr(u8)]
#[allow(dead_code)]
enum Shape {
    Empty = 0,
    Text(char) = 5,
    Pair { a: bool, b: NonZero<u32> } = 200,
}

const SIZE: usize = size_of::<Value>();

#[repr(C, align(16))]
struct Bytes([u8; SIZE]);

impl Bytes {
    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0[at..at + N].try_into().unwrap()
    }

    fn is_char(&self, at: usize) -> bool {
        matches!(u32::from_ne_bytes(self.get(at)), 0..0xd800 | 0xe000..0x11_0000)
    }

    fn is_shape(&self, at: usize) -> bool {
        match self.0[at] {
            0 => true,
            5 => self.is_char(at + 4),
            200 => self.0[at + 1] < 2 && self.get(at + 4) != [0; 4],
            _ => false,
        }
    }

    fn is_value(&self) -> bool {
        self.0[offset_of!(Value, live)] < 2
            && self.is_char(offset_of!(Value, letter))
            && self.get(offset_of!(Value, small)) != [0; 2]
            && (0..3).all(|index| self.is_shape(offset_of!(Value, shapes) + 8 * index))
            && self.get(offset_of!(Value, wide)) != [0; 16]
    }
}

fuzz_target!(|input: &[u8]| {
    let mut bytes = Bytes([0; SIZE]);
    let len = input.len().min(SIZE);
    bytes.0[..len].copy_from_slice(&input[..len]);
    let is_value = bytes.is_value();

    let start = bytes.0.as_mut_ptr().cast_const();
    // SAFETY: `validate` requires 1. as many bytes, aligned: `Bytes` has the size of `Value` and at least its alignment;
    // 2. that they are initialised: all are; 3. no other writes: nobody else has them.
    let found = unsafe { fuzzing::validate(Value::LAYOUT, start) };
    assert_eq!(is_value, found.is_ok(), "{found:?}");

    if is_value {
        // SAFETY: aligned, and a value of the type by the model.
        let value = unsafe { &*start.cast::<Value>() };
        let shown = format!("{:?} {} {}", value.shapes, value.letter, value.live.load(Ordering::Relaxed));
        assert!(!shown.is_empty() && value.small.get() != 0 && value.wide.get() != 0);
        let _ = (value.count.load(Ordering::Relaxed), value.maybe);
    }
});
