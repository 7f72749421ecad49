//! The layout tree: plain const data, with no behaviour but what a reader of one node needs.
//!
//! Encoding, equality, comparison and rendering are each in a file of their own; they all walk this tree.

/// The exact memory layout of a type: what two processes must agree on before they share a value of it.
///
/// That of a type of this program is a [`TypeLayout`](super::TypeLayout). One that was read from a region borrows its names from the bytes
/// there, which is what the lifetime is for. Sizes, alignments and offsets are in bytes.
///
/// Its [`Display`](core::fmt::Display) is a table with offsets, holes and cache lines.
///
/// # Examples
///
/// ```
/// use shmcore::ShmSafe;
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Order {
///     id: u32,
///     price: f64,
/// }
///
/// let layout = Order::LAYOUT;
/// assert_eq!((layout.name, layout.size, layout.align), ("Order", 16, 8));
/// println!("{layout}");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// The type's name without its path and arguments, or the name given by `#[shm(name = "…")]`.
    pub name: &'a str,
    /// `size_of` the type, in bytes.
    pub size: usize,
    /// `align_of` the type, in bytes.
    pub align: usize,
    /// What the type is made of.
    pub kind: Kind<'a>,
}

/// What a type is made of.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, layout::{Kind, Primitive}};
///
/// assert_eq!(u16::LAYOUT.kind, Kind::Primitive(Primitive::U16));
/// assert_eq!(<[u8; 7]>::LAYOUT.kind, Kind::Array { element: u8::LAYOUT, len: 7 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A number, `bool` or `char`. Atomics are the primitive that they hold, under a name of their own.
    Primitive(Primitive),
    /// An integer that is never zero.
    NonZero(Primitive),
    /// `len` elements, one after the other.
    Array {
        /// The layout of each element.
        element: &'a Layout<'a>,
        /// The number of elements.
        len: usize,
    },
    /// A struct, in declaration order.
    Struct {
        /// The fields, in declaration order.
        fields: &'a [Field<'a>],
    },
    /// An enum: a tag at offset 0, and the fields of the variant that the tag names.
    Enum {
        /// The integer type of the tag, at offset 0.
        tag: Primitive,
        /// The variants, in declaration order.
        variants: &'a [Variant<'a>],
    },
    /// A type whose bytes only its own code may interpret; equal name and version mean equal interpretation.
    Opaque {
        /// Raised whenever the interpretation of the bytes changes.
        version: u32,
        /// What is known of its parts.
        fields: &'a [Field<'a>],
    },
}

/// A field of a struct, of an enum variant, or of an opaque type.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, layout::Kind};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Point { x: i32, y: i32 }
///
/// let Kind::Struct { fields } = Point::LAYOUT.kind else { unreachable!() };
/// assert_eq!((fields[1].name, fields[1].offset, fields[1].layout.name), ("y", 4, "i32"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The field's name, its number in a tuple struct, or the name given by `#[shm(name = "…")]`.
    pub name: &'a str,
    /// Bytes from the start of the type. In a variant: from the start of the enum, not of the variant.
    pub offset: usize,
    /// The layout of the field's type.
    pub layout: &'a Layout<'a>,
}

/// A variant of an enum.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, layout::Kind};
///
/// #[derive(ShmSafe)]
/// #[repr(u8)]
/// enum Shape { Empty, Circle { radius: f32 } = 7 }
///
/// let Kind::Enum { variants, .. } = Shape::LAYOUT.kind else { unreachable!() };
/// assert_eq!((variants[1].name, variants[1].discriminant), ("Circle", 7));
/// assert_eq!(variants[1].fields[0].offset, 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant<'a> {
    /// The variant's name, or the name given by `#[shm(name = "…")]`.
    pub name: &'a str,
    /// The value of the tag; the range covers `u64` and `i64`.
    pub discriminant: i128,
    /// The fields, with offsets from the start of the enum.
    pub fields: &'a [Field<'a>],
}

/// The types that all others are made of.
///
/// # Examples
///
/// ```
/// use shmcore::layout::Primitive;
///
/// assert_eq!(Primitive::F64.name(), "f64");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Primitive {
    /// `u8`
    U8 = 1,
    /// `u16`
    U16 = 2,
    /// `u32`
    U32 = 3,
    /// `u64`
    U64 = 4,
    /// `u128`
    U128 = 5,
    /// `usize`; its width is the node's size
    Usize = 6,
    /// `i8`
    I8 = 7,
    /// `i16`
    I16 = 8,
    /// `i32`
    I32 = 9,
    /// `i64`
    I64 = 10,
    /// `i128`
    I128 = 11,
    /// `isize`; its width is the node's size
    Isize = 12,
    /// `f32`
    F32 = 13,
    /// `f64`
    F64 = 14,
    /// `bool`: 0 or 1
    Bool = 15,
    /// `char`: a Unicode scalar value
    Char = 16,
}

impl Primitive {
    /// The type's name in Rust.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::Usize => "usize",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::Isize => "isize",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bool => "bool",
            Self::Char => "char",
        }
    }

    /// The type's size in bytes on this machine.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 | Self::Char => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
            Self::U128 | Self::I128 => 16,
            Self::Usize | Self::Isize => size_of::<usize>(),
        }
    }
}
