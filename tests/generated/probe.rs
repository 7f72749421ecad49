//! Copied into each generated crate: prints what rustc and shmcore make of a type, a line each.
#![allow(warnings)]

use core::marker::PhantomData;
use shmcore::layout::{Field, Kind, TypeLayout};
use shmcore::{Immutable, PlacementDefault, Pod, ShmSafe};

type Patch = (usize, &'static [u8]);

pub struct Case {
    pub label: &'static str,
    pub size: usize,
    pub align: usize,
    pub layout: &'static TypeLayout,
    pub is_pod: bool,
    pub is_immutable: bool,
    /// Whether zeroes are the default, and what makes it.
    pub default: Option<(bool, unsafe fn(*mut u8))>,
    /// What tells the variant and the offsets of its fields, and the bytes of a value of each variant.
    pub variants: Option<(fn(*const u8) -> Vec<usize>, &'static [&'static [Patch]])>,
}

/// A fact of `T` is an inherent constant if `T` has it, and the trait's otherwise.
pub struct Probe<T>(PhantomData<T>);

pub trait Otherwise {
    const POD: bool = false;
    const IMMUTABLE: bool = false;
    const DEFAULT: Option<(bool, unsafe fn(*mut u8))> = None;
}

impl<T> Otherwise for Probe<T> {}

impl<T: Pod> Probe<T> {
    pub const POD: bool = true;
}

impl<T: Immutable> Probe<T> {
    pub const IMMUTABLE: bool = true;
}

impl<T: PlacementDefault> Probe<T> {
    pub const DEFAULT: Option<(bool, unsafe fn(*mut u8))> = Some((T::DEFAULT_IS_ZERO, make::<T>));
}

unsafe fn make<T: PlacementDefault>(slot: *mut u8) {
    unsafe { T::placement_default(slot.cast()) }
}

#[macro_export]
macro_rules! case {
    ($label:literal, $ty:ty, $variants:expr) => {
        Case {
            label: $label,
            size: size_of::<$ty>(),
            align: align_of::<$ty>(),
            layout: <$ty as ShmSafe>::LAYOUT,
            is_pod: Probe::<$ty>::POD,
            is_immutable: Probe::<$ty>::IMMUTABLE,
            default: Probe::<$ty>::DEFAULT,
            variants: $variants,
        }
    };
}

pub fn addr<T>(of: *const T) -> usize {
    of.cast::<u8>() as usize
}

/// Zeroed memory, aligned for the type.
struct Slot {
    start: *mut u8,
    layout: std::alloc::Layout,
    size: usize,
}

impl Slot {
    fn of(case: &Case) -> Self {
        let layout = std::alloc::Layout::from_size_align(case.size.max(1), case.align).unwrap();
        Self { start: unsafe { std::alloc::alloc_zeroed(layout) }, layout, size: case.size }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        unsafe { std::alloc::dealloc(self.start, self.layout) }
    }
}

pub fn report(cases: &[Case]) {
    for case in cases {
        let default = match case.default {
            None => "none".to_owned(),
            Some((is_zero, make)) => {
                let slot = Slot::of(case);
                unsafe { make(slot.start) };
                let bytes = unsafe { std::slice::from_raw_parts(slot.start, slot.size) };
                let patches = patches(bytes);
                let agrees = is_zero == patches.is_empty();
                if agrees { format!("{patches:?}") } else { format!("{patches:?} DEFAULT_IS_ZERO: {is_zero}") }
            }
        };
        let variants = case.variants.map(|(places, samples)| {
            let places = samples.iter().map(|sample| {
                let slot = Slot::of(case);
                for (offset, bytes) in *sample {
                    unsafe { slot.start.add(*offset).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
                }
                let numbers: Vec<_> = places(slot.start).iter().map(usize::to_string).collect();
                numbers.join(", ")
            });
            places.collect::<Vec<_>>().join("; ")
        });
        let mut text = String::new();
        layout(case.layout, &mut text);
        println!(
            "{}|{}|{}|{}|{}|{default}|{text}|{}",
            case.label,
            case.size,
            case.align,
            case.is_pod,
            case.is_immutable,
            variants.unwrap_or_default()
        );
    }
}

fn patches(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut patches: Vec<(usize, Vec<u8>)> = Vec::new();
    for (offset, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        match patches.last_mut() {
            Some((start, run)) if *start + run.len() == offset => run.push(*byte),
            _ => patches.push((offset, vec![*byte])),
        }
    }
    patches
}

fn layout(of: &TypeLayout, out: &mut String) {
    *out += &format!("{}:{}:{} ", of.name, of.size, of.align);
    match &of.kind {
        Kind::Primitive(primitive) => *out += &format!("prim({})", primitive.name()),
        Kind::NonZero(primitive) => *out += &format!("nonzero({})", primitive.name()),
        Kind::Array { element, len } => {
            *out += &format!("array({len})");
            layout(element, out);
        }
        Kind::Struct { fields: of } => {
            *out += "struct";
            fields(of, out);
        }
        Kind::Enum { tag, variants } => {
            *out += &format!("enum({}){{", tag.name());
            for variant in *variants {
                *out += &format!("{}={}", variant.name, variant.discriminant);
                fields(variant.fields, out);
            }
            *out += "}";
        }
        Kind::Opaque { version, fields: of } => {
            *out += &format!("opaque {version}");
            fields(of, out);
        }
    }
}

fn fields(of: &[Field], out: &mut String) {
    *out += "{";
    for field in of {
        *out += &format!("{}@{}=", field.name, field.offset);
        layout(field.layout, out);
        *out += ";";
    }
    *out += "}";
}
