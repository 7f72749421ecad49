//! Types that are made by chance, and values of them: what a walk over bytes must find, as the test knows it by heart.
//!
//! They are apart from the trees, whose sizes and offsets no type has.
#![allow(unsafe_code, reason = "a container of the heap for tests vouches for its layout")]

use core::marker::PhantomData;
use core::sync::atomic::AtomicU64;

use fastrand::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::container::Container;
use super::test_trees::*;
use super::{Field, Kind, Primitive, TypeLayout};
use crate::ShmSafe;

/// A container of the heap that is one by its layout only.
#[repr(C)]
pub(super) struct Owner<T> {
    pub(super) words: [AtomicU64; 3],
    elements: PhantomData<T>,
}

// SAFETY: `ShmSafe` requires 1. self-containment: three numbers; 2. an exact layout: `repr(C)`, three words; 3. interior mutability in
// core atomics; 4. no drop glue: they have none; 5. any numbers are a value.
unsafe impl<T: ShmSafe> ShmSafe for Owner<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "HeapVec",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                field("block", 0, U64),
                field("nonce", 8, U64),
                field("stamp", 16, U64),
                field("elements", 0, <[T; 0]>::LAYOUT),
            ],
        },
    };
}

impl<T> Owner<T> {
    pub(super) fn new(words: [u64; 3]) -> Self {
        Self { words: words.map(AtomicU64::new), elements: PhantomData }
    }
}

/// The layout of a container of the heap, which holds such containers itself.
pub(super) fn owner(name: &'static str) -> &'static TypeLayout {
    let words = ["block", "nonce", "stamp"].map(|name| (name, U64));
    let inner = array(<Owner<u64>>::LAYOUT, 0);
    opaque(name, words.into_iter().chain([("elements", kept(inner))]).collect())
}

/// The layout of an opaque type with these parts.
pub(super) fn opaque(
    name: &'static str,
    parts: Vec<(&'static str, &'static TypeLayout)>,
) -> &'static TypeLayout {
    let (fields, size, align) = placed(0, parts);
    let version = if name == "ShmTable" { 2 } else { 1 };
    kept(TypeLayout { name, size, align, kind: Kind::Opaque { version, fields } })
}

/// Parts one after the other, the first one not before `start`; and size and alignment of the whole.
fn placed(start: usize, parts: Vec<(&'static str, &'static TypeLayout)>) -> (&'static [Field], usize, usize) {
    let (mut end, mut align) = (start, 1);
    let place = |(name, layout): (_, &'static TypeLayout)| {
        let offset = end.next_multiple_of(layout.align);
        end = offset + layout.size;
        align = align.max(layout.align);
        field(name, offset, layout)
    };
    let fields = parts.into_iter().map(place).collect();
    (kept_list(fields), end.next_multiple_of(align), align)
}

/// A type.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Number,
    Byte,
    Bool,
    Heap(&'static str),
    Array(Box<Self>, usize),
    Struct(Vec<Self>),
    /// The variants.
    Enum(Vec<Vec<Self>>),
    /// A container of fixed capacity, which is not a slot.
    Fixed(Container, Box<Self>, usize),
    /// A `ShmMutex` or a `ShmRwLock`.
    Lock(&'static str, Box<Self>),
    Once(Box<Self>),
    MaybeUninit(Box<Self>),
    /// An opaque type that nobody knows.
    Other(Box<Self>),
}

impl Shape {
    pub(super) fn layout(&self) -> &'static TypeLayout {
        let parts = |shapes: &[Self]| shapes.iter().map(|shape| ("part", shape.layout())).collect();
        match self {
            Self::Number => U64,
            Self::Byte => U8,
            Self::Bool => bool::LAYOUT,
            Self::Heap(name) => owner(name),
            Self::Array(element, len) => kept(array(element.layout(), *len)),
            Self::Struct(shapes) => {
                let (fields, size, align) = placed(0, parts(shapes));
                kept(struct_of("Struct", size, align, fields))
            }
            Self::Enum(variants) => {
                let (mut size, mut align) = (1, 1);
                let variants = variants.iter().zip(0..).map(|(shapes, number)| {
                    let (fields, end, aligned) = placed(1, parts(shapes));
                    (size, align) = (size.max(end), align.max(aligned));
                    variant("Variant", tag(number), fields)
                });
                let variants = kept_list(variants.collect());
                kept(enum_of("Enum", size.next_multiple_of(align), align, Primitive::U8, variants))
            }
            Self::Fixed(container, element, capacity) => fixed(*container, element.layout(), *capacity),
            Self::Lock(name, value) => {
                opaque(name, vec![("word", U64), ("cause", U64), ("value", value.layout())])
            }
            Self::Once(value) => {
                let value = opaque("MaybeUninit", vec![("value", value.layout())]);
                opaque("ShmOnceLock", vec![("word", U64), ("value", value)])
            }
            Self::MaybeUninit(value) => opaque("MaybeUninit", vec![("value", value.layout())]),
            Self::Other(value) => opaque("Other", vec![("value", value.layout())]),
        }
    }

    /// The types of the parts where there may be values.
    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Array(part, len) | Self::Fixed(_, part, len) if *len > 0 => vec![part],
            Self::Lock(_, part) | Self::Once(part) | Self::Other(part) => vec![part],
            Self::Struct(shapes) => shapes.iter().collect(),
            Self::Enum(variants) => variants.iter().flatten().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a value may have a container of the heap in it.
    pub(super) fn owns(&self) -> bool {
        matches!(self, Self::Heap(_)) || self.parts().into_iter().any(Self::owns)
    }

    /// Whether it may have one that can be found.
    pub(super) fn leads_to_owners(&self) -> bool {
        let is_known = !matches!(self, Self::Other(_));
        matches!(self, Self::Heap(_)) || is_known && self.parts().into_iter().any(Self::leads_to_owners)
    }

    /// Whether some of its bytes would be no value, or lead to something that is none.
    fn is_restricted(&self) -> bool {
        match self {
            Self::Bool | Self::Heap(_) | Self::Enum(_) | Self::Fixed(..) => true,
            Self::MaybeUninit(value) => value.is_restricted(),
            _ => self.parts().into_iter().any(Self::is_restricted),
        }
    }

    /// Makes a value by chance, with this layout of it, in bytes that may be anything so far.
    fn make(&self, layout: &TypeLayout, at: usize, made: &mut Made) {
        match self {
            Self::Number | Self::Byte | Self::MaybeUninit(_) => {}
            Self::Bool => {
                let value = made.random.bool();
                made.put(at, 1, value.into());
            }
            Self::Heap(name) => made.owners.push((at, name)),
            Self::Array(element, len) => {
                let size = layout.size.checked_div(*len).unwrap_or(0);
                (0..*len).for_each(|index| element.make(element.layout(), at + index * size, made));
            }
            Self::Struct(shapes) => make_fields(shapes, fields_of(layout), at, made),
            Self::Enum(variants) => {
                let Kind::Enum { variants: layouts, .. } = layout.kind else { panic!("an enum") };
                let chosen = made.random.usize(..variants.len());
                made.put(at, 1, layouts[chosen].discriminant.try_into().expect("small"));
                make_fields(&variants[chosen], layouts[chosen].fields, at, made);
            }
            Self::Fixed(container, element, capacity) => {
                let places = made.fixed(*container, *capacity, layout, at);
                let offset = fields_of(layout).last().expect("slots").offset;
                let (element, of) = (&**element, element.layout());
                let (first, stride) = match container {
                    Container::Slab => slot_of(of),
                    _ => (0, of.size),
                };
                for place in places {
                    element.make(of, at + offset + place * stride + first, made);
                }
            }
            Self::Lock(_, value) => value.make(value.layout(), at + fields_of(layout)[2].offset, made),
            Self::Once(value) => {
                let is_complete = made.random.bool();
                let rest = made.random.u64(..) & !(1 << 62);
                made.put(at, 8, rest | u64::from(is_complete) << 62);
                if is_complete {
                    value.make(value.layout(), at + fields_of(layout)[1].offset, made);
                }
            }
            Self::Other(value) => {
                if value.is_restricted() {
                    made.before_unknown.get_or_insert(made.owners.len());
                }
            }
        }
    }
}

fn make_fields(shapes: &[Shape], fields: &[Field], at: usize, made: &mut Made) {
    for (shape, field) in shapes.iter().zip(fields) {
        shape.make(field.layout, at + field.offset, made);
    }
}

fn fields_of(layout: &TypeLayout) -> &'static [Field] {
    match layout.kind {
        Kind::Struct { fields } | Kind::Opaque { fields, .. } => fields,
        _ => panic!("no fields"),
    }
}

/// The tag of the variant with this number.
fn tag(number: i128) -> i128 {
    250 - 3 * number
}

/// Where the value of a slot of a slab begins, and the size of a slot.
fn slot_of(value: &'static TypeLayout) -> (usize, usize) {
    let slot = slot(value);
    (fields_of(slot)[2].offset, slot.size)
}

fn slot(value: &'static TypeLayout) -> &'static TypeLayout {
    opaque("ShmSlabSlot", vec![("generation", U32), ("next", U32), ("value", value)])
}

/// The layout of a container of fixed capacity.
fn fixed(container: Container, element: &'static TypeLayout, capacity: usize) -> &'static TypeLayout {
    let slots = |of| ("slots", kept(array(of, capacity)) as &_);
    let halves = |of| kept(array(kept(array(of, capacity)), 2)) as &_;
    match container {
        Container::Sequence => opaque("ShmVec", vec![("len", U64), slots(element)]),
        Container::Text => opaque("ShmString", vec![("len", U64), slots(element)]),
        Container::Ring => opaque("ShmDeque", vec![("head", U64), ("tail", U64), slots(element)]),
        Container::Table => {
            let parts = vec![("len", U64), ("marks", halves(U8)), ("slots", halves(element))];
            opaque("ShmTable", parts)
        }
        Container::Slab => {
            let counts = ["len", "used", "free", "retired", "changing"].map(|name| (name, U32));
            opaque("ShmSlab", counts.into_iter().chain([slots(slot(element))]).collect())
        }
        Container::Slot => panic!("it is a part of a slab"),
    }
}

/// A value, and what is in it.
#[derive(Debug)]
pub(super) struct Made {
    bytes: Vec<u8>,
    random: Rng,
    /// Offset and name of the containers of the heap where there are values, in declaration order.
    pub(super) owners: Vec<(usize, &'static str)>,
    /// How many of them lie before the first part of which nobody can tell whether it is a value.
    pub(super) before_unknown: Option<usize>,
}

impl Made {
    /// A value of this type; the bytes that are none of it are `fill`.
    pub(super) fn new(shape: &Shape, seed: u64, fill: u8) -> Self {
        let layout = shape.layout();
        let (bytes, random) = (vec![fill; layout.size], Rng::with_seed(seed));
        let mut made = Self { bytes, random, owners: Vec::new(), before_unknown: None };
        shape.make(layout, 0, &mut made);
        made
    }

    /// The bytes, aligned to 8.
    pub(super) fn words(&self) -> Vec<u64> {
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_ne_bytes(word)
        };
        self.bytes.chunks(8).map(word).collect()
    }

    fn put(&mut self, at: usize, width: usize, number: u64) {
        let bytes = match width {
            1 => vec![u8::try_from(number).expect("one byte")],
            4 => u32::try_from(number).expect("four bytes").to_ne_bytes().to_vec(),
            _ => number.to_ne_bytes().to_vec(),
        };
        self.bytes[at..at + width].copy_from_slice(&bytes);
    }

    /// Makes a container without its elements; the places that hold some, in the order in which they come.
    fn fixed(&mut self, container: Container, capacity: usize, layout: &TypeLayout, at: usize) -> Vec<usize> {
        let fields = fields_of(layout);
        let len = self.random.usize(..=capacity);
        match container {
            Container::Sequence | Container::Text => {
                self.put(at, 8, len as u64);
                if container == Container::Text {
                    (0..len).for_each(|index| self.put(at + 8 + index, 1, b'a'.into()));
                }
                (0..len).collect()
            }
            Container::Ring => {
                let head = self.random.usize(..(2 * capacity).max(1));
                self.put(at, 8, head as u64);
                self.put(at + 8, 8, (head + len).checked_rem(2 * capacity).unwrap_or(0) as u64);
                (head..head + len).map(|position| position % capacity).collect()
            }
            Container::Table => {
                self.put(at, 8, len as u64);
                let marks: Vec<bool> = (0..2 * capacity).map(|_| self.random.bool()).collect();
                for (place, is_live) in marks.iter().enumerate() {
                    let mark = if *is_live { self.random.u8(1..) } else { 0 };
                    self.put(at + fields[1].offset + place, 1, mark.into());
                }
                (0..2 * capacity).filter(|&place| marks[place]).collect()
            }
            Container::Slab => {
                let used = if self.random.bool() { len } else { capacity };
                let least = u32::try_from(used).expect("small");
                // A number that is too great is as good as the capacity.
                let told = if used == capacity { self.random.u32(least..) } else { least };
                self.put(at + 4, 4, told.into());
                let Kind::Array { element: slot, .. } = fields[5].layout.kind else { panic!("slots") };
                let mut live = Vec::new();
                for place in 0..used {
                    let generation = self.random.u32(..);
                    self.put(at + fields[5].offset + place * slot.size, 4, generation.into());
                    if generation % 2 == 1 {
                        live.push(place);
                    }
                }
                live
            }
            Container::Slot => panic!("it is a part of a slab"),
        }
    }
}

/// Types of any form that have values.
pub(super) fn shapes() -> impl Strategy<Value = Shape> {
    let heap = select(&["HeapBox", "HeapVec", "HeapDeque", "HeapString", "HeapMap", "HeapTree"][..])
        .prop_map(Shape::Heap);
    let text = (0_usize..5).prop_map(|len| Shape::Fixed(Container::Text, Box::new(Shape::Byte), len));
    let leaf = prop_oneof![
        3 => heap,
        3 => select(&[Shape::Number, Shape::Byte, Shape::Bool][..]),
        1 => text,
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let containers =
            select(&[Container::Sequence, Container::Ring, Container::Table, Container::Slab][..]);
        prop_oneof![
            2 => (boxed(), 0_usize..4).prop_map(|(element, len)| Shape::Array(element, len)),
            4 => vec(inner.clone(), 0..4).prop_map(Shape::Struct),
            3 => vec(vec(inner.clone(), 0..3), 1..4).prop_map(Shape::Enum),
            6 => (containers, boxed(), 0_usize..4)
                .prop_map(|(container, element, capacity)| Shape::Fixed(container, element, capacity)),
            2 => (select(&["ShmMutex", "ShmRwLock"][..]), boxed()).prop_map(|(name, value)| Shape::Lock(name, value)),
            2 => boxed().prop_map(Shape::Once),
            1 => boxed().prop_map(Shape::MaybeUninit),
            1 => boxed().prop_map(Shape::Other),
        ]
    })
}
