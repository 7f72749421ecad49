//! Decoding undoes encoding, for types as the derive makes them; each fault is found at its byte; and bytes without
//! sense are an error or the one encoded form of what comes out.
#![allow(dead_code, reason = "the types are looked at, not used")]

use core::num::NonZero;
use core::sync::atomic::{AtomicBool, AtomicU64};
use std::mem::MaybeUninit;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::test_trees::*;
use super::*;
use crate::ShmSafe;
use crate::layout::{Field, TypeLayout};

#[derive(ShmSafe)]
#[repr(C)]
struct Order {
    id: NonZero<u64>,
    price: f64,
    legs: [Leg; 3],
    fill: MaybeUninit<[Leg; 2]>,
    #[shm(name = "größe\u{1b}")]
    live: AtomicBool,
}

#[derive(ShmSafe)]
#[repr(i16)]
enum Leg {
    None = -1,
    Sold { side: char, at: AtomicU64 } = 7,
    Unit(()),
}

#[derive(ShmSafe)]
#[repr(C, align(4096))]
struct Page(u128, [usize; 4], Wide);

#[derive(ShmSafe)]
#[repr(u128)]
enum Wide {
    Low = 0,
    High = u128::MAX,
}

const TYPES: [&TypeLayout; 8] = [
    Order::LAYOUT,
    Leg::LAYOUT,
    Page::LAYOUT,
    <()>::LAYOUT,
    <[(); usize::MAX]>::LAYOUT,
    <[[Order; 0]; 5]>::LAYOUT,
    Option::<NonZero<i128>>::LAYOUT,
    std::marker::PhantomData::<str>::LAYOUT,
];

fn encoded(layout: &Layout<'_>) -> Vec<u8> {
    let mut out = vec![0; MAX_ENCODED_LEN];
    let len = layout.encode(&mut out).expect("within the limit");
    out.truncate(len);
    out
}

fn problem(encoded: &[u8]) -> (usize, Problem) {
    let error = decode(encoded, &Arena::default()).expect_err("bytes that are wrong");
    (error.offset, error.problem)
}

/// Decodes the bytes, and if they are accepted does everything that is done with a layout.
fn use_all(bytes: &[u8], ours: &TypeLayout) -> bool {
    let arena = Arena::default();
    let Ok(layout) = decode(bytes, &arena) else { return false };
    assert_eq!(encoded(layout), bytes);
    assert!(layout.to_string().lines().count() >= 3);
    let diff = ours.diff(layout);
    assert_eq!(diff.to_string().is_empty(), layout == ours);
    true
}

#[test]
fn types_come_back_as_they_were() {
    for ours in TYPES {
        let bytes = encoded(ours);
        let arena = Arena::default();
        let theirs = decode(&bytes, &arena).expect("a type of the derive");
        assert!(ours == theirs && ours.diff(theirs).is_empty(), "{}", ours.diff(theirs));
        assert_eq!(encoded(theirs), bytes);
        assert_eq!(ours.to_string(), theirs.to_string());
    }
}

#[test]
fn every_row_of_the_table_of_fingerprints_is_decoded() {
    let rows: Vec<_> = include_str!("../fingerprint/vectors.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#")
        .collect();
    for row in rows.chunks(3) {
        let hex = row[1].as_bytes().chunks(2);
        let bytes: Vec<u8> = hex
            .map(|two| u8::from_str_radix(str::from_utf8(two).expect("digits"), 16).expect("digits"))
            .collect();
        let arena = Arena::default();
        let layout = decode(&bytes, &arena).unwrap_or_else(|error| panic!("{}: {error}", row[0]));
        assert_eq!(layout.fingerprint().to_string(), row[2]);
    }
}

#[test]
fn diff_with_a_decoded_layout_names_the_field() {
    let theirs = struct_of("P", 16, 8, kept_list(vec![field("id", 0, U32), field("price", 8, U64)]));
    let ours = struct_of("P", 16, 8, kept_list(vec![field("id", 0, U32), field("price", 8, F64)]));
    let bytes = encoded(&theirs);
    let arena = Arena::default();
    let theirs = decode(&bytes, &arena).expect("a struct");
    assert_eq!(ours.diff(theirs).to_string(), "P.price: f64 at offset 8 here, u64 at offset 8 in the region");
}

/// `u8`, whose encoded form is `2 'u' '8' 1 1 1 1`.
const BYTE: [u8; 7] = [2, b'u', b'8', 1, 1, 1, 1];

#[test]
fn faults_of_form_are_found_at_their_byte() {
    let with = |head: &[u8]| problem(&[head, &BYTE].concat());
    assert_eq!(problem(&[]), (0, Problem::EndsEarly));
    assert_eq!(problem(&BYTE[..6]), (6, Problem::EndsEarly));
    assert_eq!(problem(&[BYTE.as_slice(), &[0]].concat()), (7, Problem::GoesOn));
    assert_eq!(problem(&vec![0; MAX_ENCODED_LEN + 1]), (MAX_ENCODED_LEN, Problem::TooLong));
    assert_eq!(problem(&[1, 0xff, 1, 1, 1, 1]), (1, Problem::NotUtf8));
    assert_eq!(problem(&[0, 0x81, 0, 1, 1, 1]), (1, Problem::NeedlessByte));
    assert_eq!(problem(&[0, 1, 1, 0, 1]), (3, Problem::UnknownKind(0)));
    assert_eq!(problem(&[0, 1, 1, 7, 1]), (3, Problem::UnknownKind(7)));
    assert_eq!(problem(&[0, 1, 1, 1, 0]), (4, Problem::UnknownPrimitive(0)));
    assert_eq!(problem(&[0, 1, 1, 2, 17]), (4, Problem::UnknownPrimitive(17)));
    assert_eq!(with(&[0, 8, 1, 4, 3, 0, 0]), (4, Problem::TooMany(3)));
    // A version of 2 to the power of 32.
    assert_eq!(problem(&[0, 0, 1, 6, 0x80, 0x80, 0x80, 0x80, 0x10, 0]), (4, Problem::LargeNumber));
}

#[test]
fn faults_of_sense_are_found_at_their_node() {
    let of = |layout: &TypeLayout| problem(&encoded(layout));
    let number = |size, align, of| TypeLayout { name: "", size, align, kind: Kind::Primitive(of) };
    for align in [0, 3, 8192] {
        assert_eq!(of(&number(4, align, Primitive::U32)), (2, Problem::Align(align)));
    }
    assert_eq!(of(&number(4, 8, Primitive::U32)), (0, Problem::SizeAndAlign));
    assert_eq!(of(&number(8, 4, Primitive::U32)), (0, Problem::PrimitiveSize));
    assert_eq!(of(&number(2, 2, Primitive::Usize)), (0, Problem::PrimitiveSize));
    assert_eq!(of(&TypeLayout { kind: Kind::NonZero(Primitive::Bool), ..*U8 }), (6, Problem::NoInteger));

    let array =
        |size, align, len| of(&TypeLayout { name: "", size, align, kind: Kind::Array { element: U16, len } });
    assert_eq!(array(4, 2, 3), (0, Problem::ArrayOfElements));
    assert_eq!(array(4, 4, 2), (0, Problem::ArrayOfElements));
    assert_eq!(array(0, 2, usize::MAX / 2 + 1), (0, Problem::ArrayOfElements));

    let holding = |size, align, fields| of(&struct_of("", size, align, kept_list(fields)));
    assert_eq!(holding(4, 4, vec![field("a", 4, U32)]), (0, Problem::FieldOutside));
    assert_eq!(holding(1, 1, vec![field("a", 1, U8)]), (0, Problem::FieldOutside));
    assert_eq!(holding(8, 4, vec![field("a", usize::MAX - 3, U32)]), (0, Problem::FieldOutside));
    assert_eq!(holding(8, 4, vec![field("a", 2, U32)]), (0, Problem::FieldMisaligned));
    assert_eq!(holding(8, 2, vec![field("a", 0, U32)]), (0, Problem::FieldMisaligned));
    let twice = vec![field("a", 0, U8), field("b", 1, U8), field("a", 2, U8)];
    assert_eq!(holding(3, 1, twice), (25, Problem::SameName));
}

#[test]
fn faults_of_enums_are_found() {
    let of = |size, align, tag, variants| problem(&encoded(&enum_of("", size, align, tag, variants)));
    assert_eq!(of(1, 1, Primitive::U8, &[]), (5, Problem::NoVariants));
    assert_eq!(of(1, 1, Primitive::Char, &[]), (4, Problem::NoInteger));
    let large = |value| kept_list(vec![variant("", value, &[])]);
    assert_eq!(of(1, 1, Primitive::U8, large(256)), (7, Problem::LargeDiscriminant(256)));
    assert_eq!(of(1, 1, Primitive::U8, large(-1)), (7, Problem::LargeDiscriminant(-1)));
    assert_eq!(of(8, 8, Primitive::Isize, large(1 << 63)), (7, Problem::LargeDiscriminant(1 << 63)));
    assert_eq!(of(2, 2, Primitive::U32, large(0)), (0, Problem::Tag));
    let over = kept_list(vec![variant("", 0, kept_list(vec![field("a", 1, U8)]))]);
    assert_eq!(of(4, 2, Primitive::U16, over), (0, Problem::Tag));
    let same = kept_list(vec![variant("a", 5, &[]), variant("b", 5, &[])]);
    assert_eq!(of(1, 1, Primitive::U8, same), (12, Problem::SameDiscriminant(5)));
    let same = kept_list(vec![variant("a", 5, &[]), variant("a", 6, &[])]);
    assert_eq!(of(1, 1, Primitive::U8, same), (10, Problem::SameName));
}

#[test]
fn error_says_where_and_what() {
    let error = decode(&[0, 1, 1, 9, 1], &Arena::default()).expect_err("no kind");
    assert_eq!(error.to_string(), "byte 3 of the encoded layout: 9 is no kind of a type");
}

fn nested(depth: usize) -> &'static TypeLayout {
    (1..depth).fold(U8, |inner, _| kept(struct_of("", 1, 1, kept_list(vec![field("", 0, inner)]))))
}

#[test]
fn types_are_nested_as_deep_as_the_limit_and_no_deeper() {
    assert!(use_all(&encoded(nested(MAX_DEPTH)), U8));
    assert_eq!(problem(&encoded(nested(MAX_DEPTH + 1))).1, Problem::TooDeep);
    assert_eq!(problem(&encoded(nested(500))).1, Problem::TooDeep);
    let arrays = (0..500).fold(U8, |inner, _| kept(TypeLayout { name: "", ..array(inner, 1) }));
    assert_eq!(problem(&encoded(arrays)).1, Problem::TooDeep);
}

#[test]
fn numbers_of_items_that_lie_cost_nothing() {
    // Each level says that the rest of the bytes are its fields.
    let mut bytes = Vec::new();
    for _ in 0..MAX_DEPTH {
        bytes.extend([0, 0, 1, 4, 0x80, 0x40, 0, 0]);
    }
    bytes.resize(MAX_ENCODED_LEN, 0);
    assert_eq!(problem(&bytes).1, Problem::TooDeep);
}

#[test]
fn largest_layouts_are_decoded_shown_and_compared_soon() {
    let names = |count: usize| (0..count).map(|number| &*String::leak(format!("{number:04}")));
    // Backwards, so that the table has to sort them.
    let fields = names(4650).map(|name| field(name, 4650 - name.parse::<usize>().expect("a number"), UNIT));
    let wide = struct_of("W", 6000, 1, kept_list(fields.collect()));
    assert!(encoded(&wide).len() > MAX_ENCODED_LEN - 1000);
    assert!(use_all(&encoded(&wide), &wide));
    let variants = names(7000).zip(0..).map(|(name, value)| variant(name, value, &[]));
    let many = enum_of("E", 4, 4, Primitive::U32, kept_list(variants.collect()));
    assert!(use_all(&encoded(&many), &many));
}

/// A type as the derive might make it: sizes and offsets follow from the parts.
#[derive(Clone, Debug)]
enum Shape {
    Leaf(&'static TypeLayout),
    NonZero(&'static TypeLayout),
    Array(Box<Self>, usize),
    Struct(Vec<Self>),
    Opaque(Vec<Self>, u32),
    Enum(Vec<Vec<Self>>, i128),
}

impl Shape {
    fn layout(&self) -> &'static TypeLayout {
        let kept_of = |size: usize, align: usize, kind| {
            kept(TypeLayout { name: "T", size: size.next_multiple_of(align), align, kind })
        };
        match self {
            Self::Leaf(layout) => layout,
            Self::NonZero(layout) => {
                let Kind::Primitive(of) = layout.kind else { unreachable!("a leaf") };
                kept_of(layout.size, layout.align, Kind::NonZero(of))
            }
            Self::Array(element, len) => kept(array(element.layout(), *len)),
            Self::Struct(parts) => {
                let (fields, size, align) = laid_out(parts, 0);
                kept_of(size, align, Kind::Struct { fields })
            }
            Self::Opaque(parts, version) => {
                let (fields, size, align) = laid_out(parts, 3);
                kept_of(size, align, Kind::Opaque { version: *version, fields })
            }
            Self::Enum(of, first) => {
                let (mut size, mut align, mut variants) = (2, 2, Vec::new());
                for (parts, value) in of.iter().zip(*first..) {
                    let (fields, end, most) = laid_out(parts, 2);
                    (size, align) = (size.max(end), align.max(most));
                    variants.push(variant(String::leak(format!("V{value}")), value, fields));
                }
                kept_of(size, align, Kind::Enum { tag: Primitive::I16, variants: kept_list(variants) })
            }
        }
    }
}

/// Fields behind `start`, their end, and their alignment.
fn laid_out(parts: &[Shape], start: usize) -> (&'static [Field], usize, usize) {
    let (mut end, mut align, mut fields) = (start, 1, Vec::new());
    for (number, part) in parts.iter().enumerate() {
        let layout = part.layout();
        let offset = end.next_multiple_of(layout.align);
        fields.push(field(String::leak(format!("f{number}")), offset, layout));
        (end, align) = (offset + layout.size, align.max(layout.align));
    }
    (kept_list(fields), end, align)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        select(&[U8, U64, F64, UNIT, bool::LAYOUT, char::LAYOUT, u128::LAYOUT, usize::LAYOUT][..])
            .prop_map(Shape::Leaf),
        select(&[U16, I32, usize::LAYOUT][..]).prop_map(Shape::NonZero),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = || vec(inner.clone(), 0..4);
        prop_oneof![
            (inner.clone(), select(&[0_usize, 1, 3, 300][..]))
                .prop_map(|(element, len)| Shape::Array(Box::new(element), len)),
            parts().prop_map(Shape::Struct),
            (parts(), any::<u32>()).prop_map(|(parts, version)| Shape::Opaque(parts, version)),
            (vec(parts(), 1..4), select(&[-2_i128, 0, 32_000, -32_768][..]))
                .prop_map(|(variants, first)| Shape::Enum(variants, first)),
        ]
    })
}

/// Numbers that look random, from a seed that proptest can print.
struct Numbers(u64);

impl Numbers {
    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits").checked_rem(end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("a byte")
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, self.byte()),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.extend_from_within(at..),
            4 if at < bytes.len() => bytes[at] = self.byte(),
            // Most numbers in there are small.
            _ if at < bytes.len() => {
                bytes[at] =
                    bytes[at].wrapping_add(u8::try_from(self.below(5)).expect("small")).wrapping_sub(2);
            }
            _ => bytes.push(self.byte()),
        }
    }
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(shape in shapes()) {
        let ours = shape.layout();
        let bytes = encoded(ours);
        let arena = Arena::default();
        let theirs = decode(&bytes, &arena);
        prop_assert_eq!(theirs, Ok(ours));
        prop_assert_eq!(theirs.map(encoded), Ok(bytes));
    }

    // 256 cases of 500 mutations each.
    #[test]
    fn mutated_bytes_are_refused_or_are_the_form_of_what_comes_out(shape in shapes(), seed in any::<u64>()) {
        let ours = shape.layout();
        let bytes = encoded(ours);
        let mut numbers = Numbers(seed);
        for _ in 0..500 {
            let mut mutated = bytes.clone();
            for _ in 0..=numbers.below(3) {
                numbers.mutate(&mut mutated);
            }
            use_all(&mutated, ours);
        }
    }

    #[test]
    fn any_bytes_are_refused_or_are_the_form_of_what_comes_out(bytes in vec(0_u8..20, 0..60)) {
        use_all(&bytes, U8);
    }

    #[test]
    fn trees_without_sense_are_refused_or_come_back(tree in trees()) {
        use_all(&encoded(tree.layout()), U8);
    }
}
