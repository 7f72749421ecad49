//! `impl ShmSafe`: the layout, and with it the questions to every field.

use proc_macro2::TokenStream;
use quote::quote;

use super::generics::{Bounds, self_condition};
use super::{enum_layout, field, padding, struct_layout};
use crate::check::{FieldCheck, known};
use crate::parse::{Body, Input};

/// The impl. It is unconditional but for the supertraits of `ShmSafe` (see [`self_condition`]).
pub(super) fn impl_shm_safe(input: &Input, checks: &[FieldCheck], bounds: &Bounds) -> TokenStream {
    let Input { ident, attributes, .. } = input;
    let krate = &attributes.krate;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let layout = match &input.body {
        Body::Struct(fields) => struct_layout::layout(input, fields, checks),
        Body::Enum(variants) if input.repr.transparent.is_some() => {
            struct_layout::transparent_enum_layout(input, variants, checks)
        }
        Body::Enum(variants) => enum_layout::layout(input, variants, checks),
        Body::Union(_) => TokenStream::new(),
    };
    let padding = padding::assertions(input);
    // A number that is none is a mistake that the call for all fields reports well enough.
    let asked = input.fields().into_iter().zip(checks).filter(|(field, _)| known(&field.ty).is_none());
    let asked = asked.map(|(field, check)| field::ask(input, field, check));
    let fields = input.names.fields();
    let header = quote!(impl #impl_generics #fields for #ident #type_generics where #bounds);
    let questions = field::questions(input, checks, &header);
    let self_condition =
        self_condition(input, &quote!(::core::marker::Send + ::core::marker::Sync + ::core::marker::Sized));
    quote! {
        #questions

        // SAFETY (1. to 5. of `ShmSafe`): every field is `ShmSafe`, which its use in `LAYOUT` asserts; the
        // representation fixes the layout, which `LAYOUT` takes from the compiler; there is no drop glue, because
        // no field has any and the type itself is no `Drop`.
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        unsafe impl #impl_generics #krate::ShmSafe for #ident #type_generics
        where
            #bounds
            #self_condition
        {
            const LAYOUT: &'static #krate::layout::TypeLayout = {
                #(#asked)*
                #padding
                #layout
            };
        }
    }
}
