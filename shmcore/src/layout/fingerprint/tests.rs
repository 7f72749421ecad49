//! The hash against its published vectors, and the table of whole layouts beside this file against the derive.
#![allow(dead_code, reason = "the types are looked at, not used")]

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::num::{NonZero, Wrapping};
use core::sync::atomic::{AtomicBool, AtomicU64};

use super::Fingerprint;
use crate::ShmSafe;
use crate::layout::TypeLayout;

fn hash(bytes: &[u8]) -> u128 {
    bytes.iter().fold(Fingerprint::EMPTY, |hash, &byte| hash.with_byte(byte)).as_u128()
}

#[test]
fn hashes_equal_the_published_test_vectors_of_fnv_1a_128() {
    assert_eq!(hash(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
    assert_eq!(hash(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    assert_eq!(hash(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
}

#[test]
fn fingerprint_is_shown_with_leading_zeros() {
    assert_eq!(Fingerprint(0xab).to_string(), format!("{}ab", "0".repeat(30)));
    assert_eq!(format!("{:?}", Fingerprint(0)), format!("Fingerprint({})", "0".repeat(32)));
}

/// Defines the types and lists each with its own text, so that the table cannot speak of another type.
macro_rules! types {
    ($({ $name:ident $item:item })*) => {
        $(#[derive(ShmSafe)] $item)*

        const TYPES: &[(&str, &TypeLayout)] = &[$((stringify!($item), <$name as ShmSafe>::LAYOUT)),*];
    };
}

types! {
    { Unit #[repr(C)] struct Unit; }
    { Order #[repr(C)] struct Order { id: u32, price: f64 } }
    { Inner #[repr(C)] struct Inner { a: u8, b: u16 } }
    { Outer #[repr(C)] struct Outer(Inner, [Inner; 200], ()); }
    { Id #[repr(transparent)] struct Id(NonZero<u32>); }
    { Line #[repr(C, align(64))] struct Line { hits: AtomicU64, on: AtomicBool } }
    { Wide #[repr(C)] struct Wide { a: i128, b: char, c: Option<NonZero<i16>> } }
    { Wrapped #[repr(C)] struct Wrapped { a: Wrapping<i8>, b: MaybeUninit<u16>, c: PhantomData<u8> } }
    { Side #[repr(u8)] enum Side { Buy, Sell = 7, Both } }
    { Far #[repr(i64)] enum Far { Low = -9_223_372_036_854_775_808, One = -1, High = 9_223_372_036_854_775_807 } }
    { Plain #[repr(C)] enum Plain { A, B } }
    { Event #[repr(u8)] enum Event { None, Key(u8, u32), Move { x: i16, y: i16 } } }
    { Boxed #[repr(C, u16)] enum Boxed { A(u64), B(u8) } }
    {
        Renamed
        #[repr(C)] #[shm(name = "größe")] struct Renamed { #[shm(name = "x y")] r#type: f32, r#match: bool }
    }
}

/// The definition without what rustfmt may change.
fn squeezed(text: &str) -> String {
    text.replace(",}", "}").chars().filter(|c| !c.is_whitespace()).collect::<String>().replace(",}", "}")
}

#[test]
#[cfg(all(target_pointer_width = "64", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn every_row_of_the_table_is_what_the_derive_and_the_encoder_make() {
    let lines: Vec<&str> =
        include_str!("vectors.txt").lines().filter(|line| !line.is_empty() && !is_comment(line)).collect();
    assert_eq!(lines.len(), 3 * TYPES.len());
    for (row, (definition, layout)) in lines.chunks(3).zip(TYPES) {
        assert_eq!(squeezed(row[0]), squeezed(definition));
        let mut bytes = vec![0; layout.encoded_len().expect("within the limit")];
        assert_eq!(layout.encode(&mut bytes), Some(bytes.len()));
        let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(row[1], hex, "{definition}");
        assert_eq!(row[2], layout.fingerprint().to_string(), "{definition}");
        assert_eq!(u128::from_str_radix(row[2], 16), Ok(hash(&bytes)));
    }
}

fn is_comment(line: &str) -> bool {
    line == "#" || line.starts_with("# ")
}
