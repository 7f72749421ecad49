//! What is accepted, what is refused and in which words, against a model that knows the type by heart.
#![allow(dead_code, reason = "the types are looked at, not used")]

use core::mem::{MaybeUninit, offset_of};
use core::num::NonZero;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::test_trees::*;
use super::*;
use crate::ShmSafe;
use crate::layout::{Field, Kind, Primitive};

#[derive(ShmSafe)]
#[repr(C)]
struct Order {
    id: NonZero<u64>,
    legs: [Leg; 4],
    live: AtomicBool,
    letter: char,
    counts: [AtomicU64; 3],
    maybe: Option<NonZero<u32>>,
    raw: MaybeUninit<bool>,
    signed: NonZero<i16>,
    unit: [(); 2],
    wide: NonZero<u128>,
    far: Far,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Leg {
    side: Side,
    flags: [bool; 2],
    event: Event,
}

#[derive(ShmSafe)]
#[repr(u8)]
enum Side {
    Buy = 1,
    Sell = 2,
}

/// The fields of `Key` lie at 4 and 8, those of `Move` at 2 and 8.
#[derive(ShmSafe)]
#[repr(i16)]
enum Event {
    None = -1,
    Key { letter: char, code: u32 } = 300,
    Move(bool, i64),
}

#[derive(ShmSafe)]
#[repr(i128)]
enum Far {
    Low = i128::MIN,
    Zero = 0,
}

const SIZE: usize = size_of::<Order>();

/// The bytes of an `Order`.
#[repr(C, align(16))]
#[derive(Clone)]
struct Bytes([u8; SIZE]);

impl Bytes {
    /// The bytes of a value: one that is allowed.
    fn valid() -> Self {
        let mut bytes = Self([0; SIZE]);
        bytes.put(offset_of!(Order, id), &5_u64.to_ne_bytes());
        bytes.put(offset_of!(Order, signed), &(-7_i16).to_ne_bytes());
        bytes.put(offset_of!(Order, wide), &(1_u128 << 100).to_ne_bytes());
        bytes.put(offset_of!(Order, raw), &[9]);
        for index in 0..4 {
            bytes.put(Self::leg(index) + offset_of!(Leg, side), &[1]);
            bytes.put(Self::leg(index) + offset_of!(Leg, event), &(-1_i16).to_ne_bytes());
        }
        bytes.put(Self::leg(2) + offset_of!(Leg, event), &300_i16.to_ne_bytes());
        bytes.put(Self::leg(3) + offset_of!(Leg, event), &301_i16.to_ne_bytes());
        bytes
    }

    fn leg(index: usize) -> usize {
        offset_of!(Order, legs) + index * size_of::<Leg>()
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.put(at, bytes);
        self
    }

    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0[at..at + N].try_into().expect("N bytes")
    }

    fn validate(mut self) -> Result<(), String> {
        let value = self.0.as_mut_ptr().cast_const();
        // SAFETY: `validate_published` requires 1. as many bytes, aligned: `Bytes` has the size of `Order` and at least its
        // alignment; 2. that they are initialised: all are; 3. no other writes: nobody else has them.
        unsafe { validate_published(Order::LAYOUT, value) }.map_err(|error| error.to_string())
    }

    /// Whether these are the bytes of an `Order`, as a person says it.
    fn is_order(&self) -> bool {
        let is_bool = |at: usize| self.0[at] < 2;
        let is_char = |at| char::from_u32(u32::from_ne_bytes(self.get(at))).is_some();
        let is_leg = |at: usize| {
            let event = at + offset_of!(Leg, event);
            matches!(self.0[at + offset_of!(Leg, side)], 1 | 2)
                && is_bool(at + offset_of!(Leg, flags))
                && is_bool(at + offset_of!(Leg, flags) + 1)
                && match i16::from_ne_bytes(self.get(event)) {
                    -1 => true,
                    300 => is_char(event + 4),
                    301 => is_bool(event + 2),
                    _ => false,
                }
        };
        self.get(offset_of!(Order, id)) != [0; 8]
            && (0..4).all(|index| is_leg(Self::leg(index)))
            && is_bool(offset_of!(Order, live))
            && is_char(offset_of!(Order, letter))
            && self.get(offset_of!(Order, signed)) != [0; 2]
            && self.get(offset_of!(Order, wide)) != [0; 16]
            && matches!(i128::from_ne_bytes(self.get(offset_of!(Order, far))), i128::MIN | 0)
    }
}

/// `validate_published_slice` for bytes of the test's own.
fn slice_of<T: ShmSafe, const N: usize>(mut values: [T; N], of: &TypeLayout) -> Result<(), String> {
    assert!(size_of::<T>() == of.size && align_of::<T>() >= of.align);
    let value = values.as_mut_ptr().cast_const().cast();
    // SAFETY: `validate_published_slice` requires 1. as many bytes, aligned: asserted; 2. that they are initialised: callers give
    // numbers; 3. no other writes: nobody else has them.
    unsafe { validate_published_slice(of, value, N) }.map_err(|error| error.to_string())
}

#[test]
fn valid_value_is_accepted() {
    assert!(Bytes::valid().is_order());
    assert_eq!(Bytes::valid().validate(), Ok(()));
}

#[test]
fn each_restricted_part_is_named_with_what_was_found() {
    let with = |at, bytes: &[u8]| Bytes::valid().with(at, bytes).validate().expect_err("it is not allowed");
    let event = offset_of!(Leg, event);
    assert_eq!(with(offset_of!(Order, id), &[0; 8]), "Order.id: 0 where zero is not allowed");
    assert_eq!(with(offset_of!(Order, signed), &[0; 2]), "Order.signed: 0 where zero is not allowed");
    assert_eq!(with(offset_of!(Order, wide), &[0; 16]), "Order.wide: 0 where zero is not allowed");
    assert_eq!(with(offset_of!(Order, live), &[2]), "Order.live: 2 is no bool");
    let surrogate = 0xd800_u32.to_ne_bytes();
    assert_eq!(with(offset_of!(Order, letter), &surrogate), "Order.letter: 0xd800 is no char");
    assert_eq!(with(Bytes::leg(3), &[7]), "Order.legs[3].side: 7 is no variant of Side");
    assert_eq!(with(Bytes::leg(1) + 2, &[255]), "Order.legs[1].flags[1]: 255 is no bool");
    let tag = (-2_i16).to_ne_bytes();
    assert_eq!(with(Bytes::leg(0) + event, &tag), "Order.legs[0].event: -2 is no variant of Event");
    assert_eq!(
        with(Bytes::leg(2) + event + 4, &[0xff; 4]),
        "Order.legs[2].event::Key.letter: 0xffffffff is no char"
    );
    assert_eq!(with(Bytes::leg(3) + event + 2, &[3]), "Order.legs[3].event::Move.0: 3 is no bool");
    let far = (-9_i128).to_ne_bytes();
    assert_eq!(with(offset_of!(Order, far), &far), "Order.far: -9 is no variant of Far");
}

#[test]
fn fields_of_other_variants_are_not_looked_at() {
    // The tag says `None`: the bytes where other variants have a `char` and a `bool` may be anything.
    let bytes = Bytes::valid().with(Bytes::leg(0) + offset_of!(Leg, event) + 2, &[0xff; 14]);
    assert_eq!(bytes.validate(), Ok(()));
}

#[test]
fn path_of_an_element_of_a_slice_begins_with_its_number() {
    assert_eq!(slice_of([0_u8, 1, 2], bool::LAYOUT), Err("[2]: 2 is no bool".to_owned()));
    assert_eq!(slice_of([1_u8, 2, 0, 1], Side::LAYOUT), Err("[2]: 0 is no variant of Side".to_owned()));
    let pairs = [[0_u8, 1], [1, 9]];
    assert_eq!(slice_of(pairs, <[bool; 2]>::LAYOUT), Err("[1][1]: 9 is no bool".to_owned()));
    assert_eq!(slice_of([0_u64; 0], NonZero::<u64>::LAYOUT), Ok(()));
}

#[test]
fn every_width_of_tag_is_read_as_a_whole() {
    let tagged = |tag: Primitive, value| {
        let variants = kept_list(vec![variant("V", value, &[])]);
        enum_of("E", tag.size(), tag.size(), tag, variants)
    };
    assert_eq!(slice_of([u32::MAX], &tagged(Primitive::I32, -1)), Ok(()));
    assert_eq!(slice_of([u32::MAX], &tagged(Primitive::U32, u32::MAX.into())), Ok(()));
    assert_eq!(slice_of([1_u64 << 40], &tagged(Primitive::U64, 1 << 40)), Ok(()));
    assert_eq!(slice_of([usize::MAX], &tagged(Primitive::Isize, -1)), Ok(()));
    // The layout has the bits of a `u128` as an `i128`.
    assert_eq!(slice_of([u128::MAX], &tagged(Primitive::U128, -1)), Ok(()));
    let other = slice_of([u128::MAX], &tagged(Primitive::U128, 1));
    assert_eq!(other, Err(format!("[0]: {} is no variant of E", u128::MAX)));
    let other = slice_of([1_u64 << 40], &tagged(Primitive::U64, 0));
    assert_eq!(other, Err("[0]: 1099511627776 is no variant of E".to_owned()));
    let other = slice_of([128_u8], &tagged(Primitive::I8, 127));
    assert_eq!(other, Err("[0]: -128 is no variant of E".to_owned()));
}

#[test]
fn tag_among_many_variants_is_found_soon() {
    let variants = (0..60_000).rev().map(|value| variant("V", value, &[])).collect();
    let of = enum_of("E", 2, 2, Primitive::U16, kept_list(variants));
    let values: Box<[u16; 65_536]> =
        Box::new(core::array::from_fn(|index| u16::try_from(index).expect("16 bits")));
    assert_eq!(slice_of(*values, &of), Err("[60000]: 60000 is no variant of E".to_owned()));
}

#[test]
fn parts_that_accept_everything_leave_nothing_to_check() {
    assert!(Check::of(<[u64; 1_000_000]>::LAYOUT, Purpose::Attach).is_none());
    assert!(Check::of(<[[bool; 0]; 1_000_000]>::LAYOUT, Purpose::Attach).is_none());
    let fields = vec![field("a", 0, <[u64; 1000]>::LAYOUT), field("b", 8000, bool::LAYOUT)];
    let mixed = array(kept(struct_of("S", 8008, 8, kept_list(fields))), 100);
    let Some(Check::Elements { element, stride: 8008, len: 100 }) = Check::of(&mixed, Purpose::Attach) else {
        panic!("an array of checks")
    };
    let Check::Parts(parts) = *element else { panic!("parts") };
    assert!(matches!(&parts[..], [Part { name: "b", offset: 8000, check: Check::Bool }]));
}

/// A lock whose word says nothing any more, as in memory that a process was writing when it died.
#[test]
fn opaque_parts_are_looked_at_by_those_only_who_have_them_alone() {
    const LOCK: &TypeLayout = crate::ShmMutex::<bool>::LAYOUT;
    const ONCE: &TypeLayout = &TypeLayout {
        name: "Once",
        size: 1,
        align: 1,
        kind: Kind::Opaque { version: 1, fields: &[Field { name: "v", offset: 0, layout: bool::LAYOUT }] },
    };
    let bytes = Bytes([2; SIZE]);
    let published = |of| {
        // SAFETY: `validate_published` requires 1. as many bytes, aligned: `Bytes` is longer, and aligned to more;
        // 2. that they are initialised: all are; 3. no other writes: nobody else has them.
        unsafe { validate_published(of, bytes.0.as_ptr()) }
    };
    let mine = |of| {
        // SAFETY: as above.
        unsafe { validate(of, bytes.0.as_ptr()) }.map_err(|error| error.to_string())
    };
    for of in [LOCK, ONCE, MaybeUninit::<bool>::LAYOUT] {
        assert_eq!(published(of), Ok(()));
    }
    assert_eq!(mine(LOCK), Err("ShmMutex.value: 2 is no bool".to_owned()));
    assert_eq!(mine(ONCE), Err("Once: its bytes may be torn, and do not tell".to_owned()));
    assert_eq!(mine(MaybeUninit::<bool>::LAYOUT), Ok(()));
    assert_eq!(mine(crate::ShmMutex::<u64>::LAYOUT), Ok(()));
}

#[test]
fn read_only_memory_is_only_read() {
    let mut map = memmap2::MmapMut::map_anon(SIZE).expect("a page");
    map.copy_from_slice(&Bytes::valid().0);
    let map = map.make_read_only().expect("mprotect");
    // SAFETY: `validate_published` requires 1. as many bytes, aligned: the map has the size of `Order`, and pages are aligned to
    // more; 2. that they are initialised: they were copied there; 3. no other writes: nobody can.
    assert_eq!(unsafe { validate_published(Order::LAYOUT, map.as_ptr()) }, Ok(()));
}

#[test]
fn values_that_peers_store_meanwhile_are_accepted() {
    let flags = [const { AtomicBool::new(false) }; 64];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..2000 {
                for flag in &flags {
                    flag.store(round % 2 == 0, Ordering::Relaxed);
                }
            }
        });
        for _ in 0..2000 {
            // SAFETY: `validate_published_slice` requires 1. as many bytes, aligned: `flags` outlives the scope; 2. that they are
            // initialised: all are; 3. writes by atomic operations of one byte only: the stores above.
            let found =
                unsafe { validate_published_slice(AtomicBool::LAYOUT, flags.as_ptr().cast(), flags.len()) };
            assert_eq!(found, Ok(()));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn random_changes_are_refused_just_where_the_model_refuses(
        changes in vec((0..SIZE, select(&[0_u8, 1, 2, 3, 0x2c, 0xd8, 0x10, 0xff][..])), 0..6)
    ) {
        let bytes = changes.into_iter().fold(Bytes::valid(), |bytes, (at, byte)| bytes.with(at, &[byte]));
        prop_assert_eq!(bytes.is_order(), bytes.clone().validate().is_ok());
    }

    #[test]
    fn random_bytes_in_one_leg_are_refused_just_where_the_model_refuses(
        side in 0_u8..4, flags in 0_u8..3, tag in select(&[-1_i16, 0, 300, 301][..]), rest in any::<[u8; 14]>(),
    ) {
        let event = Bytes::leg(1) + offset_of!(Leg, event);
        let bytes = Bytes::valid().with(Bytes::leg(1), &[side, flags, flags]);
        let bytes = bytes.with(event, &tag.to_ne_bytes()).with(event + 2, &rest.map(|byte| byte & 3));
        prop_assert_eq!(bytes.is_order(), bytes.clone().validate().is_ok());
    }

    #[test]
    fn types_without_a_check_are_those_that_accept_every_pattern(tree in trees()) {
        let layout = tree.layout();
        prop_assert_eq!(Check::of(layout, Purpose::Attach).is_none(), layout.accepts_every_pattern());
    }
}
