//! The encoded form: bytes written by hand from the grammar, the limit, and that no two trees share their bytes.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::test_trees::*;
use super::MAX_ENCODED_LEN;
use crate::layout::{Kind, Primitive, TypeLayout};

fn encoded(layout: &TypeLayout) -> Vec<u8> {
    let mut out = vec![0; layout.encoded_len().expect("within the limit")];
    let len = layout.encode(&mut out).expect("as long as it was said to be");
    assert_eq!(len, out.len());
    out
}

#[test]
fn each_kind_is_encoded_as_the_grammar_says() {
    assert_eq!(encoded(U16), [3, b'u', b'1', b'6', 2, 2, 1, 2]);
    let non_zero = TypeLayout { name: "N", size: 4, align: 4, kind: Kind::NonZero(Primitive::I32) };
    assert_eq!(encoded(&non_zero), [1, b'N', 4, 4, 2, 9]);
    let of_300 = array(U8, 300);
    assert_eq!(
        encoded(&of_300),
        [&[5][..], b"array", &[0xac, 0x02, 1, 3, 0xac, 0x02, 2], b"u8", &[1, 1, 1, 1]].concat()
    );
    let pair = struct_of("P", 3, 1, kept_list(vec![field("0", 0, UNIT), field("bc", 200, U8)]));
    assert_eq!(
        encoded(&pair),
        [
            &[1, b'P', 3, 1, 4, 2][..],
            &[1, b'0', 0, 2, b'(', b')', 0, 1, 4, 0],
            &[2, b'b', b'c', 0xc8, 0x01, 2, b'u', b'8', 1, 1, 1, 1],
        ]
        .concat()
    );
    let opaque = TypeLayout { name: "", size: 0, align: 1, kind: Kind::Opaque { version: 7, fields: &[] } };
    assert_eq!(encoded(&opaque), [0, 0, 1, 6, 7, 0]);
}

#[test]
fn discriminants_are_zigzag_coded() {
    let variants = [0, -1, 1, -2, 64, i128::from(u64::MAX), i128::from(i64::MIN)];
    let variants = variants.iter().map(|value| variant("", *value, &[])).collect();
    let all = enum_of("E", 8, 8, Primitive::U64, kept_list(variants));
    assert_eq!(
        encoded(&all),
        [
            &[1, b'E', 8, 8, 5, 4, 7][..],
            &[0, 0, 0],
            &[0, 1, 0],
            &[0, 2, 0],
            &[0, 3, 0],
            &[0, 0x80, 0x01, 0],
            // 2 * (2^64 - 1), and 2 * 2^63 - 1.
            &[0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03, 0],
            &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0],
        ]
        .concat()
    );
}

/// A struct without fields whose encoded form has `len` bytes.
fn of_len(len: usize) -> TypeLayout {
    // The length takes three bytes; size, align, kind and the number of fields one each.
    struct_of(String::leak("n".repeat(len - 7)), 0, 1, &[])
}

#[test]
fn limit_is_inclusive() {
    let longest = of_len(MAX_ENCODED_LEN);
    assert_eq!(longest.encoded_len(), Some(MAX_ENCODED_LEN));
    assert_eq!(encoded(&longest).len(), MAX_ENCODED_LEN);
    let too_long = of_len(MAX_ENCODED_LEN + 1);
    assert_eq!(too_long.encoded_len(), None);
    assert_eq!(too_long.encode(&mut vec![0; MAX_ENCODED_LEN + 100]), None);
}

#[test]
fn buffer_that_is_too_short_gets_nothing_behind_its_end() {
    let layout = struct_of("S", 4, 4, kept_list(vec![field("a", 0, U32)]));
    let len = layout.encoded_len().expect("a short one");
    for shorter in 0..len {
        let mut out = vec![0xee; len];
        assert_eq!(layout.encode(&mut out[..shorter]), None);
        assert!(out[shorter..].iter().all(|byte| *byte == 0xee));
    }
    let mut longer = vec![0xee; len + 3];
    assert_eq!(layout.encode(&mut longer), Some(len));
    assert_eq!(longer[len..], [0xee; 3]);
}

#[test]
fn exponential_layouts_have_no_encoded_form_and_say_so_soon() {
    for depth in [16, 40, 400] {
        let layout = doubling(depth, U8);
        assert_eq!(layout.encoded_len(), None);
        assert_eq!(layout.encode(&mut vec![0; MAX_ENCODED_LEN]), None);
        assert_eq!(layout.fingerprint(), layout.fingerprint());
    }
    assert_ne!(doubling(40, U8).fingerprint(), doubling(41, U8).fingerprint());
}

#[test]
fn all_is_computed_in_const_evaluation() {
    const LEN: Option<usize> = U32.encoded_len();
    const BYTES: [u8; 8] = {
        let mut out = [0; 8];
        assert!(U32.encode(&mut out).is_some());
        out
    };
    assert_eq!(LEN, Some(BYTES.len()));
    assert_eq!(BYTES.to_vec(), encoded(U32));
}

proptest! {
    #[test]
    fn two_trees_have_the_same_bytes_only_if_they_are_the_same(
        trees in proptest::collection::vec(trees(), 20)
    ) {
        let mut seen = HashMap::new();
        for tree in trees {
            let bytes = encoded(tree.layout());
            let same = seen.entry(bytes).or_insert_with(|| tree.clone());
            prop_assert_eq!(same, &tree);
        }
    }

    #[test]
    fn one_change_anywhere_changes_bytes_fingerprint_and_equality(tree in trees()) {
        let layout = tree.layout();
        let bytes = encoded(layout);
        prop_assert_eq!(layout, tree.layout());
        for changed in tree.changes() {
            let other = changed.layout();
            prop_assert_ne!(layout, other);
            prop_assert_ne!(&bytes, &encoded(other), "{:?}", changed);
            prop_assert_ne!(layout.fingerprint(), other.fingerprint());
        }
    }

    #[test]
    fn equality_is_that_of_a_derived_comparison(a in trees(), b in trees()) {
        prop_assert_eq!(a.layout(), a.layout());
        prop_assert_eq!(a == b, a.layout() == b.layout());
    }
}
