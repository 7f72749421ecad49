//! What has to be looked at in a value: its layout without all that accepts every pattern.
//!
//! It is apart from the walk because it is made once, and walked for each of a million elements.

use super::places::Places;
use crate::layout::Primitive;
use crate::layout::container::Container;
use crate::layout::tree::{Field, Kind, Layout};

/// The restricted parts of a type.
pub(super) enum Check<'a> {
    Bool,
    Char,
    NonZero {
        /// In bytes.
        width: usize,
    },
    Enum(EnumCheck<'a>),
    Places(Places<'a>),
    /// Of an opaque type, with something restricted inside: whether it is a value cannot be told.
    Unknown,
    /// At least one.
    Parts(Vec<Part<'a>>),
    Elements {
        element: Box<Self>,
        /// Bytes from one to the next.
        stride: usize,
        len: usize,
    },
}

/// A restricted part of a struct or a variant.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    /// Bytes from the start of the type.
    pub(super) offset: usize,
    pub(super) check: Check<'a>,
}

/// An enum: its tag at offset 0, and for each value of it the restricted parts.
pub(super) struct EnumCheck<'a> {
    /// That of the type.
    pub(super) name: &'a str,
    tag: Primitive,
    /// By ascending bits.
    variants: Vec<TaggedParts<'a>>,
}

/// A variant.
pub(super) struct TaggedParts<'a> {
    /// The tag as unsigned number.
    bits: u128,
    pub(super) name: &'a str,
    pub(super) parts: Vec<Part<'a>>,
}

/// Who may write to the inside of opaque parts.
#[derive(Clone, Copy)]
pub(super) enum Opaque {
    /// Their own code, at any time: they check their own bytes.
    Others,
    /// Nobody.
    Ours,
}

/// What is known of an opaque type's parts.
enum Inside {
    /// They may be uninitialised, and nobody takes them for values.
    NoValues,
    /// They are values, whatever the words say.
    Values,
    /// Whether they are depends on the words.
    Depends,
}

impl Inside {
    /// By the name, which only types of `core` and of this crate have: others are opaque by an `unsafe impl` only.
    fn of(name: &str) -> Self {
        match name {
            "MaybeUninit" => Self::NoValues,
            "ShmMutex" | "ShmRwLock" => Self::Values,
            _ => Self::Depends,
        }
    }
}

impl<'a> Check<'a> {
    /// What there is to check in a value of this layout; `None` if every pattern is a value.
    ///
    /// Its size is at most in proportion to the encoded form.
    pub(super) fn of(layout: &'a Layout<'a>, opaque: Opaque) -> Option<Self> {
        match layout.kind {
            Kind::Primitive(Primitive::Bool) => Some(Self::Bool),
            Kind::Primitive(Primitive::Char) => Some(Self::Char),
            Kind::NonZero(_) => Some(Self::NonZero { width: layout.size }),
            Kind::Primitive(_) | Kind::Array { len: 0, .. } => None,
            Kind::Opaque { fields, .. } => match (Container::of(layout), opaque, Inside::of(layout.name)) {
                (Some(container), ..) => Places::of(container, fields, opaque).map(Self::Places),
                (None, Opaque::Others, _) | (None, _, Inside::NoValues) => None,
                (None, Opaque::Ours, Inside::Values) => Self::of_fields(fields, opaque),
                (None, Opaque::Ours, Inside::Depends) => has_restricted(fields).then_some(Self::Unknown),
            },
            Kind::Array { element, len } => {
                let check = Box::new(Self::of(element, opaque)?);
                Some(Self::Elements { element: check, stride: element.size, len })
            }
            Kind::Struct { fields } => Self::of_fields(fields, opaque),
            Kind::Enum { tag, variants } => {
                let mut variants: Vec<_> = variants
                    .iter()
                    .map(|variant| TaggedParts {
                        bits: bits(variant.discriminant, tag),
                        name: variant.name,
                        parts: parts(variant.fields, opaque),
                    })
                    .collect();
                variants.sort_unstable_by_key(|variant| variant.bits);
                Some(Self::Enum(EnumCheck { name: layout.name, tag, variants }))
            }
        }
    }

    fn of_fields(fields: &'a [Field<'a>], opaque: Opaque) -> Option<Self> {
        let parts = parts(fields, opaque);
        if parts.is_empty() { None } else { Some(Self::Parts(parts)) }
    }
}

fn parts<'a>(fields: &'a [Field<'a>], opaque: Opaque) -> Vec<Part<'a>> {
    let restricted = |field: &'a Field<'a>| {
        Some(Part { name: field.name, offset: field.offset, check: Check::of(field.layout, opaque)? })
    };
    fields.iter().filter_map(restricted).collect()
}

/// Whether anything in the fields, however deep, has patterns that are no values.
fn has_restricted(fields: &[Field<'_>]) -> bool {
    fields.iter().any(|field| match field.layout.kind {
        Kind::Opaque { fields, .. } | Kind::Struct { fields } => has_restricted(fields),
        Kind::Array { element, len } => {
            len > 0 && has_restricted(&[Field { name: "", offset: 0, layout: element }])
        }
        _ => !field.layout.accepts_every_pattern(),
    })
}

/// The bits that a tag has in memory, as unsigned number.
#[expect(clippy::cast_sign_loss, reason = "the bits are wanted")]
const fn bits(discriminant: i128, tag: Primitive) -> u128 {
    discriminant as u128 & u128::MAX >> unused(tag)
}

/// How many bits of a `u128` the tag does not have.
#[expect(clippy::cast_possible_truncation, reason = "a tag has at most 128 bits")]
const fn unused(tag: Primitive) -> u32 {
    u128::BITS - 8 * tag.size() as u32
}

impl<'a> EnumCheck<'a> {
    /// In bytes.
    pub(super) const fn width(&self) -> usize {
        self.tag.size()
    }

    /// The variant whose tag has these bits.
    pub(super) fn variant(&self, bits: u128) -> Option<&TaggedParts<'a>> {
        let index = self.variants.binary_search_by_key(&bits, |variant| variant.bits).ok()?;
        Some(&self.variants[index])
    }

    /// The number that these bits are, as it would be written in Rust.
    #[expect(clippy::cast_possible_wrap, reason = "the tag is signed")]
    pub(super) fn value(&self, bits: u128) -> String {
        let unused = unused(self.tag);
        match self.tag {
            Primitive::I8
            | Primitive::I16
            | Primitive::I32
            | Primitive::I64
            | Primitive::I128
            | Primitive::Isize => ((bits << unused) as i128 >> unused).to_string(),
            _ => bits.to_string(),
        }
    }
}
