//! Types that everybody knows to be fine, by the way they are spelled.
//!
//! The spelling only saves the compiler work: the trait system is asked all the same, so a name that means something else
//! costs a field its own words, or a type one of its facts, and never gets anything accepted.

use syn::Type;

/// What a spelling tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// A number, of which every pattern is valid.
    Number,
    /// `bool` or `char`.
    Restricted,
    /// An atomic.
    Atomic,
}

/// What the type is if it is spelled like a number or an atomic, or like an array of them.
pub(crate) fn known(ty: &Type) -> Option<Known> {
    let path = match ty {
        Type::Array(array) => return known(&array.elem),
        Type::Path(path) if path.qself.is_none() => &path.path,
        _ => return None,
    };
    // Alone, or behind a path from `core` or `std`.
    let first = &path.segments.first()?.ident;
    if path.segments.len() > 1 && first != "core" && first != "std" {
        return None;
    }
    let last = path.segments.last()?;
    if !last.arguments.is_none() {
        return None;
    }
    match last.ident.to_string().as_str() {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize"
        | "f32" | "f64" => Some(Known::Number),
        "bool" | "char" => Some(Known::Restricted),
        "AtomicBool" | "AtomicU8" | "AtomicU16" | "AtomicU32" | "AtomicU64" | "AtomicUsize" | "AtomicI8"
        | "AtomicI16" | "AtomicI32" | "AtomicI64" | "AtomicIsize" => Some(Known::Atomic),
        _ => None,
    }
}
