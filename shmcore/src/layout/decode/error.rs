//! What may be wrong with an encoded layout, and where.
//!
//! It is apart from the decoder because each file of it finds some of these faults.

use core::fmt;

use crate::layout::MAX_ENCODED_LEN;

use super::MAX_DEPTH;

/// An encoded layout that cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecodeError {
    /// The offset of the first byte of what is wrong.
    pub(crate) offset: usize,
    pub(crate) problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Problem {
    /// More than [`MAX_ENCODED_LEN`] bytes.
    TooLong,
    /// The bytes end inside the layout.
    EndsEarly,
    /// Bytes follow behind the layout.
    GoesOn,
    /// A number whose last byte adds nothing.
    NeedlessByte,
    /// A number that its type cannot hold.
    LargeNumber,
    /// More items, or bytes of a name, than the bytes that are left can hold.
    TooMany(usize),
    /// A name that is no UTF-8.
    NotUtf8,
    /// A kind without a meaning.
    UnknownKind(u8),
    /// A primitive without a meaning.
    UnknownPrimitive(u8),
    /// Types nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An alignment that is no power of two, or is greater than 4096.
    Align(usize),
    /// A size that is no multiple of the alignment.
    SizeAndAlign,
    /// A size that the primitive does not have.
    PrimitiveSize,
    /// A float, `bool` or `char` where an integer belongs: as a tag, or as what is never zero.
    NoInteger,
    /// A size or an alignment that does not follow from those of the elements.
    ArrayOfElements,
    /// A field that ends behind the end of its type.
    FieldOutside,
    /// A field that does not lie as its alignment demands.
    FieldMisaligned,
    /// A tag that is larger than its enum, or overlaps a field.
    Tag,
    /// An enum without a variant, of which there is no value.
    NoVariants,
    /// A discriminant that the tag cannot hold.
    LargeDiscriminant(i128),
    /// A discriminant that an earlier variant has.
    SameDiscriminant(i128),
    /// A name that an earlier neighbour has.
    SameName,
}

impl Problem {
    pub(super) const fn at(self, offset: usize) -> DecodeError {
        DecodeError { offset, problem: self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of the encoded layout: {}", self.offset, self.problem)
    }
}

impl core::error::Error for DecodeError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => return write!(f, "longer than {MAX_ENCODED_LEN} bytes"),
            Self::EndsEarly => "ends too early",
            Self::GoesOn => "bytes behind the end",
            Self::NeedlessByte => "a number with a needless last byte",
            Self::LargeNumber => "a number that is too large",
            Self::TooMany(count) => {
                return write!(f, "{count} are more than the bytes that are left can hold");
            }
            Self::NotUtf8 => "a name that is no UTF-8",
            Self::UnknownKind(kind) => return write!(f, "{kind} is no kind of a type"),
            Self::UnknownPrimitive(primitive) => return write!(f, "{primitive} is no primitive"),
            Self::TooDeep => return write!(f, "types nested deeper than {MAX_DEPTH}"),
            Self::Align(align) => return write!(f, "{align} is no alignment"),
            Self::SizeAndAlign => "a size that is no multiple of the alignment",
            Self::PrimitiveSize => "a size that this primitive does not have",
            Self::NoInteger => "a primitive that is no integer",
            Self::ArrayOfElements => "an array whose size or alignment is not that of its elements",
            Self::FieldOutside => "a field that ends behind its type",
            Self::FieldMisaligned => "a field at an offset that its alignment forbids",
            Self::Tag => "a tag that its enum has no room for",
            Self::NoVariants => "an enum without variants",
            Self::LargeDiscriminant(value) => return write!(f, "{value} does not fit the tag"),
            Self::SameDiscriminant(value) => return write!(f, "{value} is the tag of two variants"),
            Self::SameName => "a name that a neighbour has",
        })
    }
}
