//! The reader of the encoded form: bytes that another process wrote, back into a tree that can be compared and shown.
//!
//! The bytes may be anything. Work, memory and recursion are bounded by their number, at most [`MAX_ENCODED_LEN`], and
//! by [`MAX_DEPTH`]; nothing is allocated for a number that stands in them. What is accepted has exactly one encoded
//! form, the bytes that were read, and makes sense as far as the code that walks the tree relies on it.
//!
//! Names are borrowed from the bytes; the nodes live in an [`Arena`]. The file beside [`encode`](super::encode) is apart
//! from it because that one runs in const evaluation and trusts its input.

mod arena;
mod error;
mod reader;
mod sense;

use std::collections::BTreeSet;

pub(crate) use arena::Arena;
pub(crate) use error::{DecodeError, Problem};

use super::encode::MAX_ENCODED_LEN;
use super::type_layout::{Field, Kind, Layout, Primitive, Variant};
use reader::Reader;

/// How deep types may be nested in a layout that is decoded. A deeper one has an encoded form, which can be compared
/// with another, but no diff.
const MAX_DEPTH: usize = 64;

/// The least bytes of a field: empty name, offset, and a type of empty name, size, alignment, kind and one more.
const MIN_FIELD: usize = 7;

/// The least bytes of a variant: empty name, discriminant and number of fields.
const MIN_VARIANT: usize = 3;

/// Decodes the encoded form of one layout, which takes all of `encoded`.
///
/// # Errors
///
/// See [`Problem`]. No bytes make it panic.
pub(crate) fn decode<'a>(encoded: &'a [u8], arena: &'a Arena<'a>) -> Result<&'a Layout<'a>, DecodeError> {
    if encoded.len() > MAX_ENCODED_LEN {
        return Err(Problem::TooLong.at(MAX_ENCODED_LEN));
    }
    let mut decoder = Decoder { reader: Reader::new(encoded), arena };
    let layout = decoder.layout(1)?;
    if decoder.reader.left() > 0 { Err(Problem::GoesOn.at(decoder.reader.offset())) } else { Ok(layout) }
}

/// The traversal, one method a rule of the grammar.
struct Decoder<'a> {
    reader: Reader<'a>,
    arena: &'a Arena<'a>,
}

impl<'a> Decoder<'a> {
    /// `type`; the outermost has depth 1.
    fn layout(&mut self, depth: usize) -> Result<&'a Layout<'a>, DecodeError> {
        let start = self.reader.offset();
        if depth > MAX_DEPTH {
            return Err(Problem::TooDeep.at(start));
        }
        let name = self.reader.name()?;
        let size = self.reader.number()?;
        let align_start = self.reader.offset();
        let align = self.reader.number()?;
        sense::align(align).map_err(|problem| problem.at(align_start))?;
        let layout = Layout { name, size, align, kind: self.kind(depth)? };
        sense::node(&layout).map_err(|problem| problem.at(start))?;
        Ok(self.arena.layouts.keep(layout))
    }

    fn kind(&mut self, depth: usize) -> Result<Kind<'a>, DecodeError> {
        let start = self.reader.offset();
        Ok(match self.reader.byte()? {
            1 => Kind::Primitive(self.primitive()?),
            2 => Kind::NonZero(self.integer()?),
            3 => {
                let len = self.reader.number()?;
                Kind::Array { element: self.layout(depth + 1)?, len }
            }
            4 => Kind::Struct { fields: self.fields(depth)? },
            5 => {
                let tag = self.integer()?;
                Kind::Enum { tag, variants: self.variants(tag, depth)? }
            }
            6 => {
                let version = self.reader.number()?;
                Kind::Opaque { version, fields: self.fields(depth)? }
            }
            unknown => return Err(Problem::UnknownKind(unknown).at(start)),
        })
    }

    fn primitive(&mut self) -> Result<Primitive, DecodeError> {
        let start = self.reader.offset();
        let number = self.reader.byte()?;
        sense::primitive(number).ok_or(Problem::UnknownPrimitive(number).at(start))
    }

    /// A primitive that may be a tag or be never zero.
    fn integer(&mut self) -> Result<Primitive, DecodeError> {
        let start = self.reader.offset();
        let primitive = self.primitive()?;
        if sense::is_integer(primitive) { Ok(primitive) } else { Err(Problem::NoInteger.at(start)) }
    }

    fn fields(&mut self, depth: usize) -> Result<&'a [Field<'a>], DecodeError> {
        let count = self.reader.count(MIN_FIELD)?;
        // It grows as fields are read: with room for `count` from the start, each of the nested types could ask for
        // room in proportion to all bytes.
        let mut fields = Vec::new();
        let mut names = BTreeSet::new();
        for _ in 0..count {
            let start = self.reader.offset();
            let name = self.reader.name()?;
            if !names.insert(name) {
                return Err(Problem::SameName.at(start));
            }
            let offset = self.reader.number()?;
            fields.push(Field { name, offset, layout: self.layout(depth + 1)? });
        }
        Ok(if fields.is_empty() { &[] } else { self.arena.fields.keep(fields) })
    }

    fn variants(&mut self, tag: Primitive, depth: usize) -> Result<&'a [Variant<'a>], DecodeError> {
        let start = self.reader.offset();
        let count = self.reader.count(MIN_VARIANT)?;
        if count == 0 {
            return Err(Problem::NoVariants.at(start));
        }
        let mut variants = Vec::new();
        let (mut names, mut discriminants) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..count {
            let start = self.reader.offset();
            let name = self.reader.name()?;
            if !names.insert(name) {
                return Err(Problem::SameName.at(start));
            }
            let start = self.reader.offset();
            let discriminant = self.reader.signed()?;
            if !sense::fits_tag(discriminant, tag) {
                return Err(Problem::LargeDiscriminant(discriminant).at(start));
            }
            if !discriminants.insert(discriminant) {
                return Err(Problem::SameDiscriminant(discriminant).at(start));
            }
            variants.push(Variant { name, discriminant, fields: self.fields(depth)? });
        }
        Ok(self.arena.variants.keep(variants))
    }
}

#[cfg(test)]
mod tests;
