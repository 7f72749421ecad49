//! The layout of a struct: offsets come from `offset_of!`, so they are rustc's own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::field;
use crate::parse::{Field, Input, Variant};

/// The `TypeLayout` expression of a struct.
pub(super) fn layout(input: &Input, fields: &[Field]) -> TokenStream {
    let krate = &input.attributes.krate;
    let entries = fields.iter().enumerate().map(|(index, field)| {
        let (name, member) = (&field.name.value, &field.member);
        let layout = field::layout(krate, index, field);
        quote! {
            #krate::layout::Field { name: #name, offset: ::core::mem::offset_of!(Self, #member), layout: #layout }
        }
    });
    let layout = type_layout(input, &quote!(#krate::layout::Kind::Struct { fields: &[#(#entries,)*] }));
    let guard = field_types_guard(fields);
    quote!(#guard #layout)
}

/// The layout of an enum that is `repr(transparent)`: its one variant has no tag, so it is a struct, whose fields
/// are at offset 0 because at most one of them has a size.
pub(super) fn transparent_enum_layout(input: &Input, variants: &[Variant]) -> TokenStream {
    let krate = &input.attributes.krate;
    let fields = variants.iter().flat_map(|variant| &variant.fields);
    let entries = fields.enumerate().map(|(index, field)| {
        let name = &field.name.value;
        let layout = field::layout(krate, index, field);
        quote!(#krate::layout::Field { name: #name, offset: 0, layout: #layout })
    });
    let layout = type_layout(input, &quote!(#krate::layout::Kind::Struct { fields: &[#(#entries,)*] }));
    let guard = variant_types_guard(variants);
    quote!(#guard #layout)
}

/// The `TypeLayout` expression with the given kind.
pub(super) fn type_layout(input: &Input, kind: &TokenStream) -> TokenStream {
    let krate = &input.attributes.krate;
    let name = &input.attributes.name.value;
    quote! {
        &#krate::layout::TypeLayout {
            name: #name,
            size: ::core::mem::size_of::<Self>(),
            align: ::core::mem::align_of::<Self>(),
            kind: #kind,
        }
    }
}

/// Asserts that the fields asked are the fields of the type: an attribute macro below the derive may have changed
/// them since.
fn field_types_guard(fields: &[Field]) -> TokenStream {
    let (members, types) = (fields.iter().map(|field| &field.member), fields.iter().map(|field| &field.ty));
    let bindings: Vec<_> = (0..fields.len()).map(|index| format_ident!("__shm_{index}")).collect();
    quote! {
        let _: fn(&Self) -> (#(&#types,)*) = |Self { #(#members: #bindings,)* }| (#(#bindings,)*);
    }
}

/// The same for the variants of an enum.
pub(super) fn variant_types_guard(variants: &[Variant]) -> TokenStream {
    let arms = variants.iter().map(|variant| {
        let ident = &variant.ident;
        let members = variant.fields.iter().map(|field| &field.member);
        let types = variant.fields.iter().map(|field| &field.ty);
        let bindings: Vec<_> =
            (0..variant.fields.len()).map(|index| format_ident!("__shm_{index}")).collect();
        quote! {
            Self::#ident { #(#members: ref #bindings,)* } => { let _: (#(&#types,)*) = (#(#bindings,)*); }
        }
    });
    quote!(let _: fn(&Self) = |__shm_value| match *__shm_value { #(#arms)* };)
}
