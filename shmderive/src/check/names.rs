//! Names in the layout are what a comparison of two layouts goes by: within a type, or a variant, each is unique.

use std::collections::HashSet;

use crate::diag::Mistakes;
use crate::parse::{Body, Input, LayoutName};

/// Reports names that `#[shm(name = "…")]` gave to two neighbours.
pub(super) fn check(input: &Input, mistakes: &mut Mistakes) {
    match &input.body {
        Body::Struct(fields) => unique(fields.iter().map(|field| &field.name), mistakes),
        Body::Enum(variants) => {
            unique(variants.iter().map(|variant| &variant.name), mistakes);
            for variant in variants {
                unique(variant.fields.iter().map(|field| &field.name), mistakes);
            }
        }
        Body::Union(_) => {}
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a LayoutName> + Clone, mistakes: &mut Mistakes) {
    let mut seen: HashSet<&str> =
        names.clone().filter(|name| name.given.is_none()).map(|name| name.value.as_str()).collect();
    for name in names {
        if let Some(literal) = &name.given
            && !seen.insert(&name.value)
        {
            mistakes.on(
                literal,
                format!(
                    "the name `{}` is taken by a neighbour\ncure: give each a name of its own",
                    name.value
                ),
            );
        }
    }
}
