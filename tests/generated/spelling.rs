//! One type, representation or discriminant has many spellings; which one is written is random.

use crate::definition::{Def, Len, Prim, Repr, Ty, Variant};

/// Arguments of `PhantomData`: nothing of them is stored, and all are `Send`, `Sync` and `'static`.
pub(crate) const PHANTOMS: [&str; 7] = [
    "String",
    "[u8]",
    "dyn Send + Sync",
    "fn(&u8) -> &u8",
    "std::vec::Vec<u8>",
    "&'static str",
    "std::sync::Mutex<Option<u8>>",
];

/// The type as it is written in a field.
pub(crate) fn ty(
    rng: &mut fastrand::Rng,
    defs: &[Def],
    types: &[String],
    lens: &[String],
    written: &Ty,
) -> String {
    let mut inner = |inner: &Ty| ty(rng, defs, types, lens, inner);
    match written {
        Ty::Prim(prim) => match rng.u32(0..12) {
            0 => format!("core::primitive::{}", prim.name()),
            1 => format!("({})", prim.name()),
            _ => prim.name().to_owned(),
        },
        Ty::Atomic(prim) => match rng.u32(0..6) {
            0 => format!("std::sync::atomic::Atomic{}", prim.capitalised()),
            _ => format!("Atomic{}", prim.capitalised()),
        },
        Ty::NonZero(prim) => non_zero(rng, *prim),
        Ty::OptionNonZero(prim) => {
            let non_zero = non_zero(rng, *prim);
            if rng.bool() {
                format!("Option<{non_zero}>")
            } else {
                format!("::core::option::Option<{non_zero}>")
            }
        }
        Ty::Unit => "()".to_owned(),
        Ty::Phantom(argument) => format!("PhantomData<{argument}>"),
        Ty::PhantomOf(argument) => format!("PhantomData<{}>", inner(argument)),
        Ty::Wrapping(argument) => format!("Wrapping<{}>", inner(argument)),
        Ty::MaybeUninit(argument) => format!("MaybeUninit<{}>", inner(argument)),
        Ty::Array(element, length) => {
            let element = inner(element);
            format!("[{element}; {}]", len(rng, lens, *length, Place::Array))
        }
        Ty::Def(id, type_arguments, len_arguments) => {
            let mut arguments: Vec<String> = type_arguments.iter().map(inner).collect();
            arguments.extend(len_arguments.iter().map(|length| len(rng, lens, *length, Place::Argument)));
            let ident = &defs[*id].ident;
            if arguments.is_empty() { ident.clone() } else { format!("{ident}<{}>", arguments.join(", ")) }
        }
        Ty::Alias(id, _) => format!("A{id}"),
        Ty::Param(index) => types[*index].clone(),
    }
}

fn non_zero(rng: &mut fastrand::Rng, prim: Prim) -> String {
    match rng.u32(0..3) {
        0 => format!("NonZero{}", prim.capitalised()),
        1 => format!("core::num::NonZero<{}>", prim.name()),
        _ => format!("NonZero<{}>", prim.name()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Array,
    Argument,
}

fn len(rng: &mut fastrand::Rng, lens: &[String], len: Len, place: Place) -> String {
    match len {
        Len::Param(index) => lens[index].clone(),
        Len::Number(number) => match rng.u32(0..8) {
            0 if place == Place::Array => format!("{number} + 1 - 1"),
            0 | 1 => format!("{{ {number} }}"),
            2 => format!("{number}_usize"),
            3 => format!("{number:#x}"),
            _ => number.to_string(),
        },
    }
}

/// The `repr` attributes, a line each.
pub(crate) fn repr(rng: &mut fastrand::Rng, repr: &mut Repr) -> Vec<String> {
    let mut items = Vec::new();
    if repr.is_transparent {
        items.push("transparent".to_owned());
    }
    if repr.is_c {
        items.push("C".to_owned());
    }
    if let Some(int) = repr.int {
        items.push(int.name().to_owned());
    }
    if repr.align > 1 || (repr.align == 1 && !repr.is_transparent && rng.u32(0..30) == 0) {
        items.push(if rng.bool() {
            format!("align({})", repr.align)
        } else {
            format!("align({:#x})", repr.align)
        });
        if rng.u32(0..4) == 0 {
            // Of several, the greatest counts.
            let less = 1 << rng.u32(0..=repr.align.ilog2());
            items.push(format!("align({less})"));
        }
    }
    rng.shuffle(&mut items);
    if rng.u32(0..3) == 0 {
        return items.iter().map(|item| format!("#[repr({item})]")).collect();
    }
    let comma = if rng.u32(0..5) == 0 { "," } else { "" };
    vec![format!("#[repr({}{comma})]", items.join(", "))]
}

/// The discriminant of the next variant, and the expression for it if one is written.
pub(crate) fn discriminant(
    rng: &mut fastrand::Rng,
    int: Option<Prim>,
    before: &[Variant],
    may_be_explicit: bool,
) -> (i128, Option<String>) {
    let ty = int.unwrap_or(Prim::Isize);
    let (min, max) = ty.range();
    let is_taken = |value: i128| before.iter().any(|variant| variant.discriminant == value);
    let next = match before.last() {
        None => Some(0),
        Some(last) => (last.discriminant < max).then(|| last.discriminant + 1),
    };
    let next = next.filter(|next| !is_taken(*next));
    if let (Some(next), true) = (next, !may_be_explicit || rng.u32(0..3) > 0) {
        return (next, None);
    }
    // Without an integer in the `repr`, a value beyond C's `int` makes the tag wider; now and then only.
    let (low, high) =
        if int.is_some() || rng.u32(0..8) == 0 { (min, max) } else { (i32::MIN.into(), i32::MAX.into()) };
    let value = loop {
        let value = match rng.u32(0..8) {
            0 => low,
            1 => high,
            2 => -rng.i128(0..=100),
            3 => high - rng.i128(0..=3),
            4 if int.is_none() => rng.u32(..).into(),
            _ => rng.i128(0..=255),
        };
        if value >= low && value <= high && !is_taken(value) {
            break value;
        }
    };
    (value, Some(expression(rng, ty, value)))
}

fn expression(rng: &mut fastrand::Rng, ty: Prim, value: i128) -> String {
    let (min, max) = ty.range();
    match rng.u32(0..6) {
        // A literal has the sign outside, so that the least value of `i128` has none.
        _ if value == min && min < 0 => format!("{}::MIN", ty.name()),
        0 if value >= 0 => format!("{value:#x}"),
        1 => format!("{value}{}", ty.name()),
        2 if value > min && value < max => format!("{} + 1", value - 1),
        3 if (0..=127).contains(&value) => format!("b'\\x{value:02x}' as {}", ty.name()),
        4 => format!("{{ let value = {value}; value }}"),
        _ => value.to_string(),
    }
}
