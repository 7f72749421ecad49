//! The shape of the type: its representation, and what no representation can help. The rules, in the order of
//! the code:
//!
//! 1. a union is refused: nothing says which field is valid;
//! 2. a representation that fixes the layout is required, `packed` and `Rust` are refused;
//! 3. alignments end at 4096 bytes, the size of a page: a mapping is aligned to no more.

use syn::Ident;

use crate::diag::Mistakes;
use crate::parse::{Body, Input, Repr};

/// The greatest alignment of a value in a region, in bytes.
const MAX_ALIGN: u128 = 4096;

/// Reports what is wrong with the shape.
pub(super) fn check(input: &Input, mistakes: &mut Mistakes) {
    if let Body::Union(token) = &input.body {
        let message = "a union cannot live in shared memory: nothing says which of its fields is valid in the other \
             process\ncure: write an enum with `#[repr(u8)]`, whose tag says it";
        mistakes.on(token, message);
        return;
    }
    if let Body::Enum(variants) = &input.body
        && variants.is_empty()
    {
        check_no_variants(input, mistakes);
        return;
    }
    check_repr(input, &input.repr, mistakes);
    check_align(&input.repr, mistakes);
}

fn check_no_variants(input: &Input, mistakes: &mut Mistakes) {
    let repr = &input.repr;
    if repr.c.is_some() || repr.int.is_some() || repr.transparent.is_some() || !repr.align.is_empty() {
        // "unsupported representation for zero-variant enum"
        mistakes.left_to_rustc();
        return;
    }
    let message = format!(
        "`{}` has no variants, so there is no value of it to share\ncure: give it a variant, and write `#[repr(u8)]`",
        input.ident
    );
    mistakes.on(&input.ident, message);
}

fn check_repr(input: &Input, repr: &Repr, mistakes: &mut Mistakes) {
    let is_struct = matches!(input.body, Body::Struct(_));
    let cure = if is_struct { "#[repr(C)]" } else { "#[repr(u8)]" };
    if let Some(path) = &repr.packed {
        let message = "`packed` cannot live in shared memory: references to its fields would be misaligned\ncure: remove \
             `packed`, and order the fields from large to small to save the padding";
        mistakes.on(path, message);
    }
    if let Some(path) = &repr.rust {
        let message = format!(
            "`repr(Rust)` does not fix the layout: the next build may order the fields differently\ncure: write `{cure}`"
        );
        mistakes.on(path, message);
        return;
    }
    if let Some(path) = &repr.other {
        mistakes
            .on(path, format!("this representation is not known to fix the layout\ncure: write `{cure}`"));
        return;
    }
    if let (true, Some(int)) = (is_struct, &repr.int) {
        let message = format!(
            "`repr({0})` is for enums: it does not fix the layout of a struct\ncure: write `#[repr(C)]`",
            int.ident
        );
        mistakes.on(&int.ident, message);
        return;
    }
    if repr.is_malformed {
        return;
    }
    if repr.c.is_none() && repr.transparent.is_none() && repr.int.is_none() {
        missing_repr(&input.ident, repr, cure, mistakes);
    }
}

fn missing_repr(ident: &Ident, repr: &Repr, cure: &str, mistakes: &mut Mistakes) {
    if repr.packed.is_some() {
        return;
    }
    if let Some(align) = repr.align.first() {
        let inside = cure.trim_start_matches("#[repr(").trim_end_matches(")]");
        let message = format!(
            "`align({0})` alone does not fix the layout: the next build may order the fields differently\ncure: write \
             `#[repr({inside}, align({0}))]`",
            align.number
        );
        mistakes.on(&align.path, message);
        return;
    }
    let message = format!(
        "the layout of `{ident}` is not fixed: another compiler, or the next build, may lay it out differently\ncure: \
         write `{cure}` above it"
    );
    mistakes.on(ident, message);
}

fn check_align(repr: &Repr, mistakes: &mut Mistakes) {
    for align in &repr.align {
        // What is no number, or no power of two, rustc refuses in its own words.
        if let Ok(number) = align.number.base10_parse::<u128>()
            && number > MAX_ALIGN
        {
            let message = format!(
                "an alignment of {number} is more than {MAX_ALIGN}, to which shared mappings are aligned: other \
                 processes would see misaligned values\ncure: write `align({MAX_ALIGN})` or less"
            );
            mistakes.on(&align.number, message);
        }
    }
}
