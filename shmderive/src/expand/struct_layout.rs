//! The layout of what has no tag: a struct, and an enum that is `repr(transparent)`. All offsets are rustc's own.
//!
//! Beside the layout stands the proof that the fields asked are the fields of the type: an attribute macro below the
//! derive may have changed them since. The pattern names every field, and each becomes a `*const` of the type that was
//! asked: no conversion leads there from a reference to another type, as deref does between references.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::field;
use super::generics::MOST_TYPES;
use super::names::{local, numbered};
use crate::parse::{Field, Input, Variant};

/// The `TypeLayout` expression of a struct.
pub(super) fn layout(input: &Input, fields: &[Field]) -> TokenStream {
    let krate = &input.attributes.krate;
    let [value, base] = ["__shm_value", "__shm_base"].map(local);
    let members = fields.iter().map(|field| &field.member);
    let entries = entries(input, fields, 0, &base);
    let layout = type_layout(input, &quote!(#krate::layout::Kind::Struct { fields: &#entries }));
    quote! {
        let #value = ::core::mem::MaybeUninit::<Self>::uninit();
        let #base = #value.as_ptr();
        // SAFETY: nothing in the value is read: it is matched by a pattern that binds nothing, which names every field that
        // there is, and the addresses of its fields are taken.
        unsafe {
            let Self { #(#members: _,)* } = *#base;
            #layout
        }
    }
}

/// The array of the fields from the number `first` on.
fn entries(input: &Input, fields: &[Field], first: usize, base: &proc_macro2::Ident) -> TokenStream {
    let krate = &input.attributes.krate;
    let private = quote!(#krate::__private::fields);
    if fields.is_empty() {
        return quote!([]);
    }
    let (here, rest) = fields.split_at(fields.len().min(MOST_TYPES));
    let names = here.iter().map(|field| &field.name.value);
    let types = here.iter().map(|field| &field.ty);
    let layouts = here.iter().enumerate().map(|(index, field)| field::layout(input, first + index, field));
    let places = here.iter().map(|field| {
        let member = &field.member;
        // What rustc says about the place belongs to the type of the field.
        quote_spanned!(Span::call_site().located_at(field.ty.span())=> &raw const (*#base).#member)
    });
    let of = format_ident!("of_{}", here.len());
    let here = quote! {
        #private::#of::<Self, #(#types,)*>([#(#names,)*], [#(#layouts,)*], #base, #(#places,)*)
    };
    if rest.is_empty() {
        return here;
    }
    let rest = entries(input, rest, first + MOST_TYPES, base);
    let count = fields.len();
    quote!(#private::join::<_, _, #count>(#here, #rest))
}

/// The layout of an enum that is `repr(transparent)`: its one variant has no tag, so it is like a struct. `offset_of!`
/// does not reach into a variant; the offsets are those of the references that the pattern binds.
pub(super) fn transparent_enum_layout(input: &Input, variants: &[Variant]) -> TokenStream {
    let krate = &input.attributes.krate;
    let [probe, offsets, field] = ["__shm_probe", "__shm_offsets", "__shm_field"].map(local);
    let fields: Vec<_> = variants.iter().flat_map(|variant| &variant.fields).collect();
    let number = fields.len();
    let entries = fields.iter().enumerate().map(|(index, field)| {
        let name = &field.name.value;
        let layout = field::layout(input, index, field);
        quote!(#krate::layout::Field { name: #name, offset: #offsets[#index], layout: #layout })
    });
    let layout = type_layout(input, &quote!(#krate::layout::Kind::Struct { fields: &[#(#entries,)*] }));
    let arms = variants.iter().map(|variant| {
        let pattern = variant_pattern(variant);
        let types = variant.fields.iter().map(|field| &field.ty);
        let bindings = bindings(&variant.fields);
        quote! {
            #pattern => [#({
                let #field: *const #types = #bindings;
                // SAFETY: the pattern bound the field in this value.
                unsafe { #probe.offset_of(#field) }
            },)*],
        }
    });
    quote! {
        let #probe = #krate::__private::enum_probe::Probe::<Self>::without_tag();
        // SAFETY: the value is only matched, and nothing in it is read.
        let #offsets: [::core::primitive::usize; #number] = match *unsafe { #probe.as_ref() } { #(#arms)* };
        #layout
    }
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

/// `Self::Variant { a: ref __shm_0, … }`
pub(super) fn variant_pattern(variant: &Variant) -> TokenStream {
    let ident = &variant.ident;
    let members = variant.fields.iter().map(|field| &field.member);
    let bindings = bindings(&variant.fields);
    quote!(Self::#ident { #(#members: ref #bindings,)* })
}

/// `__shm_0`, …: a variable for each field. It lies on the field's type, where rustc reports that it has another one.
pub(super) fn bindings(fields: &[Field]) -> Vec<proc_macro2::Ident> {
    let bindings = fields.iter().enumerate().map(|(index, field)| {
        let mut binding = numbered("__shm_", index);
        binding.set_span(binding.span().located_at(field.ty.span()));
        binding
    });
    bindings.collect()
}
