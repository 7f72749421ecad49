//! The first stage: from `syn`'s tree to a model of what the derive cares about.
//!
//! Every original node is kept, because later stages put errors on them. What cannot be read is reported here
//! and left out; nothing is judged.

mod attributes;
mod repr;

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Expr, Fields, Generics, Ident, Index, Member, Token, Type};

use crate::diag::Mistakes;
use crate::expand::Names;
pub(crate) use attributes::{LayoutName, TypeAttributes};
pub(crate) use repr::Repr;

/// The type that the derive was put on.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) attributes: TypeAttributes,
    pub(crate) names: Names,
    pub(crate) repr: Repr,
    pub(crate) body: Body,
}

/// What the type is made of.
pub(crate) enum Body {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
    Union(Token![union]),
}

/// A field of a struct or of a variant.
pub(crate) struct Field {
    /// How an expression names it: `a` or `0`.
    pub(crate) member: Member,
    /// How the layout names it.
    pub(crate) name: LayoutName,
    pub(crate) ty: Type,
}

/// A variant of an enum.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) name: LayoutName,
    pub(crate) fields: Vec<Field>,
    /// The expression behind `=`, if any.
    pub(crate) discriminant: Option<Expr>,
    /// Whether it is marked `#[default]`.
    pub(crate) is_default: bool,
}

impl Input {
    /// Reads the type.
    pub(crate) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Self {
        Self {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            attributes: TypeAttributes::parse(&input.attrs, &input.ident, mistakes),
            names: Names::free_in(input),
            repr: Repr::parse(&input.attrs, mistakes),
            body: Body::parse(&input.data, mistakes),
        }
    }

    /// The fields of the struct, or of all variants.
    pub(crate) fn fields(&self) -> Vec<&Field> {
        match &self.body {
            Body::Struct(fields) => fields.iter().collect(),
            Body::Enum(variants) => variants.iter().flat_map(|variant| &variant.fields).collect(),
            Body::Union(_) => Vec::new(),
        }
    }
}

impl Body {
    fn parse(data: &Data, mistakes: &mut Mistakes) -> Self {
        match data {
            Data::Struct(data) => Self::Struct(parse_fields(&data.fields, InVariant::No, mistakes)),
            Data::Enum(data) => {
                let mut default = None;
                let variants = data.variants.iter();
                Self::Enum(variants.map(|variant| Variant::parse(variant, &mut default, mistakes)).collect())
            }
            Data::Union(data) => Self::Union(data.union_token),
        }
    }
}

impl Variant {
    /// Reads a variant; `default` is the one that was marked `#[default]` before it.
    fn parse(variant: &syn::Variant, default: &mut Option<Ident>, mistakes: &mut Mistakes) -> Self {
        let name = LayoutName::parse(&variant.attrs, variant.ident.unraw().to_string(), mistakes);
        let mark = variant.attrs.iter().find(|attribute| is_default_mark(attribute));
        if let Some(mark) = mark {
            if let Some(first) = default {
                mistakes.on(mark, format!("`#[default]` is on `{first}` already\ncure: keep one of the two"));
            }
            *default = Some(variant.ident.clone());
        }
        Self {
            ident: variant.ident.clone(),
            name,
            fields: parse_fields(&variant.fields, InVariant::Yes, mistakes),
            discriminant: variant.discriminant.as_ref().map(|(_, expression)| expression.clone()),
            is_default: mark.is_some(),
        }
    }
}

/// Where a field stands.
#[derive(Clone, Copy)]
enum InVariant {
    Yes,
    No,
}

fn parse_fields(fields: &Fields, in_variant: InVariant, mistakes: &mut Mistakes) -> Vec<Field> {
    let mut parsed = Vec::with_capacity(fields.len());
    for (index, field) in (0..).zip(fields) {
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index { index, span: syn::spanned::Spanned::span(&field.ty) }),
        };
        for mark in field.attrs.iter().filter(|attribute| is_default_mark(attribute)) {
            mistakes.on(
                mark,
                match in_variant {
                    InVariant::No => {
                        "`#[default]` marks a variant of an enum\ncure: remove it, a field always starts as its default"
                    }
                    InVariant::Yes => {
                        "`#[default]` marks a variant, not a field of it\ncure: put it before the variant"
                    }
                },
            );
        }
        let written = match &member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        let name = LayoutName::parse(&field.attrs, written, mistakes);
        parsed.push(Field { member, name, ty: field.ty.clone() });
    }
    parsed
}

/// Whether the attribute is `#[default]`; with arguments it belongs to another derive.
fn is_default_mark(attribute: &syn::Attribute) -> bool {
    matches!(&attribute.meta, syn::Meta::Path(path) if path.is_ident("default"))
}
