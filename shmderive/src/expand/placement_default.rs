//! `impl PlacementDefault`: every field in its place; of an enum the tag and the fields of the marked variant.

use proc_macro2::TokenStream;
use quote::quote;

use super::generics::{Bounds, condition, self_condition, tuple};
use super::names::local;
use crate::check::known;
use crate::parse::{Body, Field, Input, Variant};

/// The name of the method's parameter.
const SLOT: &str = "__shm_slot";

/// The impl, or nothing for an enum without a marked variant.
pub(super) fn impl_placement_default(input: &Input, bounds: &Bounds) -> TokenStream {
    let krate = &input.attributes.krate;
    match &input.body {
        Body::Struct(fields) if fields.iter().all(|field| known(&field.ty).is_some()) => {
            zero(input, bounds, fields)
        }
        Body::Struct(fields) => {
            let (slot, tuple) = (local(SLOT), tuple(krate, fields));
            let make = quote! {
                // SAFETY: the slot is the caller's, and the tuple has the types of the fields, which `LAYOUT` compares with
                // those that are there.
                unsafe { #krate::__private::tuple::make_struct::<Self, #tuple>(#slot) }
            };
            assemble(input, bounds, fields, &quote!(true), &make)
        }
        Body::Enum(variants) => {
            let marked = variants.iter().enumerate().find(|(_, variant)| variant.is_default);
            marked.map(|(index, variant)| of_variant(input, bounds, index, variant)).unwrap_or_default()
        }
        Body::Union(_) => TokenStream::new(),
    }
}

/// The impl for a struct of numbers and atomics: zeroes are its default.
fn zero(input: &Input, bounds: &Bounds, fields: &[Field]) -> TokenStream {
    let Input { ident, attributes, .. } = input;
    let krate = &attributes.krate;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let conditions = condition(krate, fields, &quote!(AllZeroDefault));
    quote! {
        // SAFETY: the condition says that the default of every field is zero, so there is nothing to write.
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        unsafe impl #impl_generics #krate::PlacementDefault for #ident #type_generics
        where
            #bounds
            #conditions
        {
            const DEFAULT_IS_ZERO: ::core::primitive::bool = true;

            unsafe fn placement_default(_: *mut Self) {}
        }
    }
}

fn of_variant(input: &Input, bounds: &Bounds, index: usize, variant: &Variant) -> TokenStream {
    let krate = &input.attributes.krate;
    let private = quote!(#krate::__private::enum_default);
    let (slot, tuple) = (local(SLOT), tuple(krate, &variant.fields));
    let places = quote! {
        // SAFETY: the slot is the caller's, and the tuple has the types of the variant's fields.
        unsafe { #krate::__private::tuple::make_variant::<Self, #tuple>(#slot, #index) }
    };
    let tag = quote! {
        // SAFETY: the slot is the caller's, and the layout says what its tag is.
        unsafe { #private::write_tag(#slot, #index); }
    };
    assemble(
        input,
        bounds,
        &variant.fields,
        &quote!(#private::tag_is_zero::<Self>(#index)),
        &quote!(#tag #places),
    )
}

/// The impl with a body that runs where the default is not all zeroes.
fn assemble(
    input: &Input,
    bounds: &Bounds,
    fields: &[Field],
    is_zero: &TokenStream,
    places: &TokenStream,
) -> TokenStream {
    let Input { ident, attributes, .. } = input;
    let krate = &attributes.krate;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let conditions = condition(krate, fields, &quote!(AllPlacementDefault));
    let tuple = tuple(krate, fields);
    let self_condition = self_condition(input, &quote!(#krate::ShmSafe));
    let slot = local(SLOT);
    quote! {
        // SAFETY: every part of the value is made in its place; where all are zero by default, so is the value.
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        unsafe impl #impl_generics #krate::PlacementDefault for #ident #type_generics
        where
            #bounds
            #conditions
            #self_condition
        {
            const DEFAULT_IS_ZERO: ::core::primitive::bool =
                #is_zero && #krate::__private::tuple::is_zero::<#tuple>();

            unsafe fn placement_default(#slot: *mut Self) {
                #places
            }
        }
    }
}
