//! What has to be looked at in a value: its layout without all that accepts every pattern and owns nothing.
//!
//! It is apart from the walk because it is made once, and walked for each of a million elements.

use super::places::Places;
use crate::layout::container::{Container, HeapContainer, Inside, once_value, part};
use crate::layout::tree::Kind;
use crate::layout::{Field, Primitive, TypeLayout};

/// The parts of a type that have to be looked at.
pub(super) enum Check<'a> {
    Bool,
    Char,
    NonZero {
        /// In bytes.
        width: usize,
    },
    Enum(EnumCheck<'a>),
    Places(Places<'a>),
    /// A container of the heap: what to do with it is another's business.
    Heap(&'a TypeLayout),
    /// Of a lock that has a value or none.
    IfComplete {
        /// Where the word is that says so. Bytes from the start of the lock.
        word_at: usize,
        value: Box<Part<'a>>,
    },
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

/// A part of a struct or a variant that has to be looked at.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    /// Bytes from the start of the type.
    pub(super) offset: usize,
    pub(super) check: Check<'a>,
}

/// An enum: its tag at offset 0, and for each value of it the parts that have to be looked at.
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

/// What a value is looked at for, and who may write to the inside of its opaque parts meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To attach to it: for what its type does not allow. The code of opaque parts may write to them at any time; it checks
    /// their bytes itself.
    Attach,
    /// To go on with it after a process died: for what its type does not allow, and for containers of the heap. Nobody writes.
    TakeOver,
    /// To find what it owns: for containers of the heap. It is known to be a value, and nobody writes.
    Visit,
}

impl<'a> Check<'a> {
    /// What there is to look at in a value of this layout; `None` if there is nothing: every pattern is a value, and owns nothing.
    ///
    /// Its size is at most in proportion to the encoded form.
    pub(super) fn of(layout: &'a TypeLayout, purpose: Purpose) -> Option<Self> {
        let unless_known_to_be_a_value = |check| (purpose != Purpose::Visit).then_some(check);
        match layout.kind {
            Kind::Primitive(Primitive::Bool) => unless_known_to_be_a_value(Self::Bool),
            Kind::Primitive(Primitive::Char) => unless_known_to_be_a_value(Self::Char),
            Kind::NonZero(_) => unless_known_to_be_a_value(Self::NonZero { width: layout.size }),
            Kind::Primitive(_) | Kind::Array { len: 0, .. } => None,
            Kind::Opaque { fields, .. } => Self::of_opaque(layout, fields, purpose),
            Kind::Array { element, len } => {
                let check = Box::new(Self::of(element, purpose)?);
                Some(Self::Elements { element: check, stride: element.size, len })
            }
            Kind::Struct { fields } => Self::of_fields(fields, purpose),
            Kind::Enum { tag, variants } => {
                let mut variants: Vec<_> = variants
                    .iter()
                    .map(|variant| TaggedParts {
                        bits: bits(variant.discriminant, tag),
                        name: variant.name,
                        parts: parts(variant.fields, purpose),
                    })
                    .collect();
                if purpose == Purpose::Visit && variants.iter().all(|variant| variant.parts.is_empty()) {
                    return None;
                }
                variants.sort_unstable_by_key(|variant| variant.bits);
                Some(Self::Enum(EnumCheck { name: layout.name, tag, variants }))
            }
        }
    }

    fn of_opaque(layout: &'a TypeLayout, fields: &'a [Field], purpose: Purpose) -> Option<Self> {
        if let Some(container) = Container::of(layout) {
            return Places::of(container, fields, purpose).map(Self::Places);
        }
        if purpose == Purpose::Attach {
            return None;
        }
        if HeapContainer::of(layout).is_some() {
            return Some(Self::Heap(layout));
        }
        match Inside::of(layout.name) {
            Inside::NoValues => None,
            Inside::Values => Self::of_fields(fields, purpose),
            Inside::ValueIfComplete => {
                let Field { name, offset, .. } = *part(fields, "value")?;
                let check = Self::of(once_value(fields)?.layout, purpose)?;
                let value = Box::new(Part { name, offset, check });
                Some(Self::IfComplete { word_at: part(fields, "word")?.offset, value })
            }
            Inside::Depends => (purpose == Purpose::TakeOver && may_be_torn(fields)).then_some(Self::Unknown),
        }
    }

    fn of_fields(fields: &'a [Field], purpose: Purpose) -> Option<Self> {
        let parts = parts(fields, purpose);
        if parts.is_empty() { None } else { Some(Self::Parts(parts)) }
    }
}

fn parts<'a>(fields: &'a [Field], purpose: Purpose) -> Vec<Part<'a>> {
    let looked_at = |field: &'a Field| {
        Some(Part { name: field.name, offset: field.offset, check: Check::of(field.layout, purpose)? })
    };
    fields.iter().filter_map(looked_at).collect()
}

/// Whether anything in the fields, however deep, has patterns that are no values, or leads to such.
fn may_be_torn(fields: &[Field]) -> bool {
    let is_container = |layout| Container::of(layout).is_some() || HeapContainer::of(layout).is_some();
    fields.iter().any(|field| match field.layout.kind {
        Kind::Opaque { .. } if is_container(field.layout) => true,
        Kind::Opaque { fields, .. } | Kind::Struct { fields } => may_be_torn(fields),
        Kind::Array { element, len } => {
            len > 0 && may_be_torn(&[Field { name: "", offset: 0, layout: element }])
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
    pub(super) fn number(&self, bits: u128) -> String {
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
