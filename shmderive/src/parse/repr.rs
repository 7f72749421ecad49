//! `#[repr(…)]`: which representations were asked for, each with the token that asked.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Ident, LitInt, Path};

use crate::diag::Mistakes;

/// All that the `repr` attributes of a type say together.
#[derive(Default)]
pub(crate) struct Repr {
    /// `C`
    pub(crate) c: Option<Path>,
    /// `transparent`
    pub(crate) transparent: Option<Path>,
    /// `u8` … `isize`
    pub(crate) int: Option<IntRepr>,
    /// `align(N)`, each of them
    pub(crate) align: Vec<Align>,
    /// `packed` or `packed(N)`
    pub(crate) packed: Option<Path>,
    /// `Rust`
    pub(crate) rust: Option<Path>,
    /// Anything else, such as `simd`
    pub(crate) other: Option<Path>,
    /// Whether one cannot be read, which rustc reports in its own words
    pub(crate) is_malformed: bool,
}

/// An integer representation of an enum.
pub(crate) struct IntRepr {
    /// `u8`, as it was written
    pub(crate) ident: Ident,
    /// The name of the variant of `Primitive`, such as `U8`
    pub(crate) primitive: &'static str,
}

/// An `align(N)`.
pub(crate) struct Align {
    pub(crate) path: Path,
    pub(crate) number: LitInt,
}

const INTEGERS: [(&str, &str); 12] = [
    ("u8", "U8"),
    ("u16", "U16"),
    ("u32", "U32"),
    ("u64", "U64"),
    ("u128", "U128"),
    ("usize", "Usize"),
    ("i8", "I8"),
    ("i16", "I16"),
    ("i32", "I32"),
    ("i64", "I64"),
    ("i128", "I128"),
    ("isize", "Isize"),
];

impl Repr {
    pub(super) fn parse(attributes: &[Attribute], mistakes: &mut Mistakes) -> Self {
        let mut repr = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
            let parsed = attribute.parse_nested_meta(|item| {
                let path = item.path.clone();
                if path.is_ident("C") {
                    repr.c = Some(path);
                } else if path.is_ident("transparent") {
                    repr.transparent = Some(path);
                } else if path.is_ident("Rust") {
                    repr.rust = Some(path);
                } else if path.is_ident("packed") {
                    repr.packed = Some(path);
                    if item.input.peek(syn::token::Paren) {
                        let inside;
                        syn::parenthesized!(inside in item.input);
                        inside.parse::<TokenStream>()?;
                    }
                } else if path.is_ident("align") {
                    let inside;
                    syn::parenthesized!(inside in item.input);
                    repr.align.push(Align { path, number: inside.parse()? });
                } else if let Some((ident, (_, primitive))) = path
                    .get_ident()
                    .and_then(|ident| Some((ident, INTEGERS.iter().find(|(name, _)| ident == name)?)))
                {
                    repr.int = Some(IntRepr { ident: ident.clone(), primitive });
                } else {
                    repr.other = Some(path);
                    item.input.step(|cursor| {
                        // An unknown item may have arguments of any form: skip to the next comma.
                        let mut rest = *cursor;
                        while let Some((token, next)) = rest.token_tree() {
                            if token.to_string() == "," {
                                break;
                            }
                            rest = next;
                        }
                        Ok(((), rest))
                    })?;
                }
                Ok(())
            });
            if parsed.is_err() {
                repr.is_malformed = true;
                mistakes.left_to_rustc();
            }
        }
        repr
    }
}

impl ToTokens for IntRepr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.ident.to_tokens(tokens);
    }
}
