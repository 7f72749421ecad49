//! What must be true of a generated type, from the Reference ("Type layout", "Representations") and the docs of the
//! four traits; nothing of the derive or of shmcore's layout is used.
//!
//! Types handed in are concrete: [`Model::concrete`] puts arguments for parameters and types for aliases.

use crate::definition::{Body, Def, Field, Len, Prim, Ty};

/// The layout of a definition.
pub(crate) struct Layout {
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// The type of the tag, of an enum that has one.
    pub(crate) tag: Option<Prim>,
    /// Of each variant, or of the struct, the offset of each field.
    pub(crate) offsets: Vec<Vec<usize>>,
}

pub(crate) struct Model<'a> {
    pub(crate) defs: &'a [Def],
}

/// Size and alignment of what the language itself defines.
pub(crate) const fn of_prim(prim: Prim) -> (usize, usize) {
    match prim {
        Prim::U8 | Prim::I8 | Prim::Bool => (1, 1),
        Prim::U16 | Prim::I16 => (2, 2),
        Prim::U32 | Prim::I32 | Prim::F32 | Prim::Char => (4, 4),
        Prim::U64 | Prim::I64 => (8, align_of::<u64>()),
        Prim::F64 => (8, align_of::<f64>()),
        Prim::U128 | Prim::I128 => (16, align_of::<u128>()),
        Prim::Usize | Prim::Isize => (size_of::<usize>(), align_of::<usize>()),
    }
}

/// "The `C` representation", of structs: offsets, size and alignment.
fn c_struct(fields: &[(usize, usize)], at_least: usize) -> (Vec<usize>, usize, usize) {
    let align = fields.iter().map(|field| field.1).fold(at_least, usize::max);
    let mut end = 0_usize;
    let mut offsets = Vec::new();
    for (size, align) in fields {
        let offset = end.div_ceil(*align) * align;
        offsets.push(offset);
        end = offset + size;
    }
    (offsets, end.div_ceil(align) * align, align)
}

/// A field's type may be concrete already: an alias in it is taken away all the same.
fn substitute(ty: &Ty, types: &[Ty], lens: &[usize]) -> Ty {
    let len = |len: &Len| match *len {
        Len::Number(number) => number,
        Len::Param(index) => lens[index],
    };
    let boxed = |inner: &Ty| Box::new(substitute(inner, types, lens));
    match ty {
        Ty::Alias(_, inner) => substitute(inner, types, lens),
        Ty::Param(index) => types[*index].clone(),
        Ty::PhantomOf(inner) => Ty::PhantomOf(boxed(inner)),
        Ty::Wrapping(inner) => Ty::Wrapping(boxed(inner)),
        Ty::MaybeUninit(inner) => Ty::MaybeUninit(boxed(inner)),
        Ty::Array(inner, n) => Ty::Array(boxed(inner), Len::Number(len(n))),
        Ty::Def(id, arguments, numbers) => Ty::Def(
            *id,
            arguments.iter().map(|argument| substitute(argument, types, lens)).collect(),
            numbers.iter().map(|number| Len::Number(len(number))).collect(),
        ),
        other => other.clone(),
    }
}

fn number(len: Len) -> usize {
    match len {
        Len::Number(number) => number,
        Len::Param(_) => unreachable!("the type is concrete"),
    }
}

impl<'a> Model<'a> {
    /// A type without parameters, free of aliases.
    pub(crate) fn concrete(ty: &Ty) -> Ty {
        substitute(ty, &[], &[])
    }

    /// The definition, and its fields' types under the arguments: one list a variant.
    pub(crate) fn parts(&self, id: usize, types: &[Ty], lens: &[Len]) -> (&'a Def, Vec<Vec<Ty>>) {
        let def = &self.defs[id];
        let lens: Vec<usize> = lens.iter().map(|len| number(*len)).collect();
        let of = |fields: &[Field]| fields.iter().map(|field| substitute(&field.ty, types, &lens)).collect();
        let parts = match &def.body {
            Body::Struct(_, fields) => vec![of(fields)],
            Body::Enum(variants) => variants.iter().map(|variant| of(&variant.fields)).collect(),
        };
        (def, parts)
    }

    pub(crate) fn size_align(&self, ty: &Ty) -> (usize, usize) {
        match ty {
            Ty::Prim(prim) | Ty::NonZero(prim) | Ty::OptionNonZero(prim) => of_prim(*prim),
            // "alignment is always equal to its size"
            Ty::Atomic(prim) => (of_prim(*prim).0, of_prim(*prim).0),
            Ty::Unit | Ty::Phantom(_) | Ty::PhantomOf(_) => (0, 1),
            Ty::Wrapping(inner) | Ty::MaybeUninit(inner) => self.size_align(inner),
            Ty::Array(element, len) => {
                let (size, align) = self.size_align(element);
                (size * number(*len), align)
            }
            Ty::Def(id, types, lens) => {
                let layout = self.layout(*id, types, lens);
                (layout.size, layout.align)
            }
            Ty::Alias(..) | Ty::Param(_) => unreachable!("the type is concrete"),
        }
    }

    pub(crate) fn layout(&self, id: usize, types: &[Ty], lens: &[Len]) -> Layout {
        let (def, parts) = self.parts(id, types, lens);
        let sizes: Vec<Vec<(usize, usize)>> =
            parts.iter().map(|fields| fields.iter().map(|ty| self.size_align(ty)).collect()).collect();
        let at_least = def.repr.align.max(1);
        if def.repr.is_transparent {
            // "the same layout as the single non-zero sized field"; only that one has a size or an alignment.
            let size = sizes[0].iter().map(|field| field.0).max().unwrap_or(0);
            let align = sizes[0].iter().map(|field| field.1).max().unwrap_or(1);
            return Layout { size, align, tag: None, offsets: vec![vec![0; sizes[0].len()]] };
        }
        let Body::Enum(variants) = &def.body else {
            let (offsets, size, align) = c_struct(&sizes[0], at_least);
            return Layout { size, align, tag: None, offsets: vec![offsets] };
        };
        let tag = def.repr.int.unwrap_or_else(|| {
            let values = variants.iter().map(|variant| variant.discriminant);
            c_enum_tag(values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
        });
        let of_tag = of_prim(tag);
        if !def.repr.is_c {
            // "a `repr(C)` union of `repr(C)` structs", each of which begins with the tag.
            let mut layout = Layout { size: 0, align: at_least, tag: Some(tag), offsets: Vec::new() };
            for fields in &sizes {
                let with_tag: Vec<_> = std::iter::once(of_tag).chain(fields.iter().copied()).collect();
                let (offsets, size, align) = c_struct(&with_tag, 1);
                layout.size = layout.size.max(size);
                layout.align = layout.align.max(align);
                layout.offsets.push(offsets[1..].to_vec());
            }
            layout.size = layout.size.div_ceil(layout.align) * layout.align;
            return layout;
        }
        // "a `repr(C)` struct with two fields": the tag, and a `repr(C)` union of `repr(C)` structs.
        let structs: Vec<_> = sizes.iter().map(|fields| c_struct(fields, 1)).collect();
        let union_align = structs.iter().map(|(.., align)| *align).max().unwrap_or(1);
        let union_size = structs.iter().map(|(_, size, _)| *size).max().unwrap_or(0);
        let union_size = union_size.div_ceil(union_align) * union_align;
        let (whole, size, align) = c_struct(&[of_tag, (union_size, union_align)], at_least);
        let offsets = structs
            .iter()
            .map(|(offsets, ..)| offsets.iter().map(|offset| whole[1] + offset).collect())
            .collect();
        Layout { size, align, tag: Some(tag), offsets }
    }

    /// Every bit pattern is a value, no padding, no interior mutability.
    ///
    /// A generic struct has it "when it is `repr(transparent)`, or when all its fields are of one type or arrays of
    /// it"; an `align`, even one that changes nothing, takes it away.
    pub(crate) fn is_pod(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Prim(prim) => !matches!(prim, Prim::Bool | Prim::Char),
            Ty::OptionNonZero(_) | Ty::Unit | Ty::Phantom(_) | Ty::PhantomOf(_) => true,
            Ty::Atomic(_) | Ty::NonZero(_) | Ty::MaybeUninit(_) => false,
            Ty::Wrapping(inner) | Ty::Array(inner, _) => self.is_pod(inner),
            Ty::Def(id, types, lens) => {
                let (def, parts) = self.parts(*id, types, lens);
                let Body::Struct(_, fields) = &def.body else { return false };
                if !parts[0].iter().all(|ty| self.is_pod(ty)) {
                    return false;
                }
                if def.repr.is_transparent {
                    return true;
                }
                if def.is_generic() {
                    let lens: Vec<usize> = lens.iter().map(|len| number(*len)).collect();
                    let mut elements =
                        fields.iter().map(|field| substitute(element(&field.ty), types, &lens));
                    let Some(first) = elements.next() else { return false };
                    let is_aligned = def.repr.lines.iter().any(|line| line.contains("align"));
                    return !is_aligned && elements.all(|other| other == first);
                }
                let sum: usize = parts[0].iter().map(|ty| self.size_align(ty).0).sum();
                sum == self.size_align(ty).0
            }
            Ty::Alias(..) | Ty::Param(_) => unreachable!("the type is concrete"),
        }
    }

    /// No interior mutability.
    pub(crate) fn is_immutable(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Atomic(_) => false,
            Ty::Wrapping(inner) | Ty::Array(inner, _) | Ty::MaybeUninit(inner) => self.is_immutable(inner),
            Ty::Def(id, types, lens) => {
                let (_, parts) = self.parts(*id, types, lens);
                parts.iter().flatten().all(|ty| self.is_immutable(ty))
            }
            _ => true,
        }
    }

    /// Whether there is a default value to make in place.
    pub(crate) fn has_default(&self, ty: &Ty) -> bool {
        match ty {
            Ty::NonZero(_) => false,
            Ty::Wrapping(inner) | Ty::Array(inner, _) => self.has_default(inner),
            Ty::Def(id, types, lens) => {
                let (def, parts) = self.parts(*id, types, lens);
                let chosen = match &def.body {
                    Body::Struct(..) => Some(0),
                    Body::Enum(variants) => variants.iter().position(|variant| variant.is_default),
                };
                chosen.is_some_and(|index| parts[index].iter().all(|ty| self.has_default(ty)))
            }
            _ => true,
        }
    }

    /// Whether there is padding in the type, at any depth; of an enum, in any variant.
    pub(crate) fn has_padding(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Wrapping(inner) | Ty::MaybeUninit(inner) => self.has_padding(inner),
            Ty::Array(inner, len) => number(*len) > 0 && self.has_padding(inner),
            Ty::Def(id, types, lens) => {
                let (_, parts) = self.parts(*id, types, lens);
                let layout = self.layout(*id, types, lens);
                let tag = layout.tag.map_or(0, |tag| of_prim(tag).0);
                parts.iter().any(|fields| {
                    let sum: usize = fields.iter().map(|ty| self.size_align(ty).0).sum();
                    tag + sum != layout.size || fields.iter().any(|ty| self.has_padding(ty))
                })
            }
            _ => false,
        }
    }

    /// The number of nodes of the layout, so that the generator can keep it small.
    pub(crate) fn nodes(&self, ty: &Ty) -> usize {
        match ty {
            Ty::Wrapping(inner) | Ty::Array(inner, _) | Ty::MaybeUninit(inner) => 1 + self.nodes(inner),
            Ty::Def(id, types, lens) => {
                let (_, parts) = self.parts(*id, types, lens);
                1 + parts.iter().flatten().map(|ty| self.nodes(ty)).sum::<usize>()
            }
            _ => 1,
        }
    }
}

/// "The size and alignment of a C enum": `int`, or what holds the discriminants if that does not.
fn c_enum_tag(min: i128, max: i128) -> Prim {
    if i32::try_from(min).is_ok() && i32::try_from(max).is_ok() {
        Prim::I32
    } else if u32::try_from(min).is_ok() && u32::try_from(max).is_ok() {
        Prim::U32
    } else {
        Prim::I64
    }
}

/// What an array, as it is written, is an array of.
fn element(ty: &Ty) -> &Ty {
    match ty {
        Ty::Array(inner, _) => element(inner),
        other => other,
    }
}
