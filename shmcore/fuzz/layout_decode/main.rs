//! Decoding of layouts: bytes are refused, or are the one encoded form of what comes out of them.
#![no_main]

use std::num::NonZero;
use std::sync::atomic::AtomicBool;

use libfuzzer_sys::fuzz_target;
use shmcore::ShmSafe;
use shmcore::layout::{MAX_ENCODED_LEN, fuzzing};

/// What decoded layouts are compared with.
#[derive(ShmSafe)]
#[repr(C)]
struct Order {
    id: NonZero<u64>,
    legs: [Leg; 2],
    live: AtomicBool,
}

#[derive(ShmSafe)]
#[repr(i16)]
#[allow(dead_code)]
enum Leg {
    None = -1,
    Sold { side: char, price: f64 } = 7,
}

fuzz_target!(|encoded: &[u8]| {
    let decoded = fuzzing::decode(encoded, |layout| {
        let mut out = vec![0; MAX_ENCODED_LEN];
        let len = layout.encode(&mut out).expect("no longer than the input");
        assert_eq!(&out[..len], encoded);

        assert!(layout.to_string().lines().count() >= 3);
        let diff = Order::LAYOUT.diff(layout);
        assert_eq!(diff.is_empty(), diff.to_string().is_empty());
        assert!(layout.diff(layout).is_empty());
        let _ = layout.diff(Order::LAYOUT).to_string();
        let _ = layout.accepts_every_pattern();
    });
    if let Err(error) = decoded {
        assert!(error.starts_with("byte "));
    }
});
