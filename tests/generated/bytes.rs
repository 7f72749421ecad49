//! What must be in memory: the bytes of the default value, of a value of each variant, and the layout as text.

use std::fmt::Write;

use crate::definition::{Body, Len, Prim, Ty};
use crate::model::{Model, of_prim};

/// The low bytes of a number, in this machine's order.
fn low_bytes(number: i128, size: usize) -> Vec<u8> {
    let bytes = number.to_ne_bytes();
    if cfg!(target_endian = "little") { bytes[..size].to_vec() } else { bytes[16 - size..].to_vec() }
}

/// Runs of bytes that are not zero, each with its offset.
pub(crate) fn patches(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut patches: Vec<(usize, Vec<u8>)> = Vec::new();
    for (offset, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        match patches.last_mut() {
            Some((start, run)) if *start + run.len() == offset => run.push(*byte),
            _ => patches.push((offset, vec![*byte])),
        }
    }
    patches
}

/// Which value is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// The one that `PlacementDefault` makes.
    Default,
    /// One whose bytes are not zero, as far as they can be, and of an enum the last variant.
    Sample,
}

impl Model<'_> {
    /// Writes the value to the start of `out`, which is zeroed.
    pub(crate) fn write(&self, ty: &Ty, value: Value, out: &mut [u8]) {
        let is_sample = value == Value::Sample;
        match ty {
            Ty::Prim(Prim::Bool) | Ty::Atomic(Prim::Bool) if is_sample => out[0] = 1,
            Ty::Prim(Prim::Char) if is_sample => out[..4].copy_from_slice(&low_bytes('§' as i128, 4)),
            Ty::Prim(prim) | Ty::Atomic(prim) | Ty::NonZero(prim) | Ty::OptionNonZero(prim) if is_sample => {
                let (size, _) = of_prim(*prim);
                out[..size].fill(0x2a);
            }
            Ty::Wrapping(inner) => self.write(inner, value, out),
            Ty::Array(element, Len::Number(len)) => {
                let (size, _) = self.size_align(element);
                for index in 0..*len {
                    self.write(element, value, &mut out[index * size..]);
                }
            }
            Ty::Def(id, ..) => {
                let chosen = match &self.defs[*id].body {
                    Body::Struct(..) => 0,
                    Body::Enum(variants) if is_sample => variants.len() - 1,
                    Body::Enum(variants) => {
                        variants.iter().position(|variant| variant.is_default).unwrap_or_default()
                    }
                };
                self.write_variant(ty, chosen, value, out);
            }
            _ => {}
        }
    }

    /// Writes a value of the variant with the number `chosen`; a struct is its own variant 0.
    pub(crate) fn write_variant(&self, ty: &Ty, chosen: usize, value: Value, out: &mut [u8]) {
        let Ty::Def(id, types, lens) = ty else { unreachable!("only definitions have variants") };
        let (def, parts) = self.parts(*id, types, lens);
        let layout = self.layout(*id, types, lens);
        if let (Some(tag), Body::Enum(variants)) = (layout.tag, &def.body) {
            let (size, _) = of_prim(tag);
            out[..size].copy_from_slice(&low_bytes(variants[chosen].discriminant, size));
        }
        for (field, offset) in parts[chosen].iter().zip(&layout.offsets[chosen]) {
            self.write(field, value, &mut out[*offset..]);
        }
    }

    /// The layout as text; `?` stands for an offset that the Reference leaves open.
    pub(crate) fn text(&self, ty: &Ty, out: &mut String) {
        let (size, align) = self.size_align(ty);
        let mut head = |name: &str| write!(out, "{name}:{size}:{align} ").expect("a string takes all");
        match ty {
            Ty::Prim(prim) => head(prim.name()),
            Ty::Atomic(prim) => head(&format!("Atomic{}", prim.capitalised())),
            Ty::NonZero(prim) => head(&format!("NonZero<{}>", prim.name())),
            Ty::OptionNonZero(prim) => head(&format!("Option<NonZero<{}>>", prim.name())),
            Ty::Unit => head("()"),
            Ty::Phantom(_) | Ty::PhantomOf(_) => head("PhantomData"),
            Ty::Wrapping(_) => head("Wrapping"),
            Ty::MaybeUninit(_) => head("MaybeUninit"),
            Ty::Array(..) => head("array"),
            Ty::Def(id, ..) => head(&self.defs[*id].name),
            Ty::Alias(..) | Ty::Param(_) => unreachable!("the type is concrete"),
        }
        match ty {
            Ty::Prim(prim) | Ty::Atomic(prim) | Ty::OptionNonZero(prim) => {
                *out += &format!("prim({})", prim.name());
            }
            Ty::NonZero(prim) => *out += &format!("nonzero({})", prim.name()),
            Ty::Wrapping(inner) => self.one_field("struct", "0", inner, out),
            Ty::MaybeUninit(inner) => self.one_field("opaque 1", "value", inner, out),
            Ty::Array(element, Len::Number(len)) => {
                *out += &format!("array({len})");
                self.text(element, out);
            }
            Ty::Def(..) => self.text_of_def(ty, out),
            _ => *out += "struct{}",
        }
    }

    fn one_field(&self, kind: &str, name: &str, ty: &Ty, out: &mut String) {
        *out += &format!("{kind}{{{name}@0=");
        self.text(ty, out);
        *out += ";}";
    }

    fn text_of_def(&self, ty: &Ty, out: &mut String) {
        let Ty::Def(id, types, lens) = ty else { unreachable!("only definitions come here") };
        let (def, parts) = self.parts(*id, types, lens);
        let layout = self.layout(*id, types, lens);
        let names: Vec<Vec<&str>> = match &def.body {
            Body::Struct(_, fields) => vec![fields.iter().map(|field| field.name.as_str()).collect()],
            Body::Enum(variants) => variants
                .iter()
                .map(|variant| variant.fields.iter().map(|field| field.name.as_str()).collect())
                .collect(),
        };
        let fields = |index: usize, out: &mut String| {
            *out += "{";
            for ((ty, offset), name) in parts[index].iter().zip(&layout.offsets[index]).zip(&names[index]) {
                let is_open = def.repr.is_transparent && self.size_align(ty).0 == 0;
                let offset = if is_open { "?".to_owned() } else { offset.to_string() };
                *out += &format!("{name}@{offset}=");
                self.text(ty, out);
                *out += ";";
            }
            *out += "}";
        };
        let (Body::Enum(variants), Some(tag)) = (&def.body, layout.tag) else {
            *out += "struct";
            fields(0, out);
            return;
        };
        *out += &format!("enum({}){{", tag.name());
        for (index, variant) in variants.iter().enumerate() {
            *out += &format!("{}={}", variant.name, variant.discriminant);
            fields(index, out);
        }
        *out += "}";
    }
}
