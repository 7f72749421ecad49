//! `impl Pod` and `impl Immutable`: facts without code, under conditions on the fields.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::generics::{Bounds, condition, distinct_types, self_condition, tuple};
use crate::check::{Known, known};
use crate::parse::{Body, Field, Input};

/// No field has interior mutability.
pub(super) fn impl_immutable(input: &Input, bounds: &Bounds) -> TokenStream {
    let krate = &input.attributes.krate;
    if input.fields().iter().any(|field| known(&field.ty) == Some(Known::Atomic)) {
        return TokenStream::new();
    }
    let conditions = condition(krate, input.fields(), &quote!(AllImmutable));
    fact(input, bounds, &quote!(#krate::Immutable), &conditions)
}

/// Every field is `Pod` and there is no padding. Enums have bit patterns that are no variant.
pub(super) fn impl_pod(input: &Input, bounds: &Bounds) -> TokenStream {
    let krate = &input.attributes.krate;
    let Body::Struct(fields) = &input.body else { return TokenStream::new() };
    if fields.iter().any(|field| matches!(known(&field.ty), Some(Known::Restricted | Known::Atomic))) {
        return TokenStream::new();
    }
    let Some(no_padding) = no_padding(input, fields) else { return TokenStream::new() };
    let mut conditions = condition(krate, fields, &quote!(AllPod));
    conditions.extend(no_padding);
    fact(input, bounds, &quote!(#krate::Pod), &conditions)
}

/// The condition that there is no padding, or `None` where it cannot be written.
fn no_padding(input: &Input, fields: &[Field]) -> Option<TokenStream> {
    let Input { ident, generics, repr, attributes, .. } = input;
    let krate = &attributes.krate;
    if repr.transparent.is_some() {
        return Some(TokenStream::new());
    }
    if generics.params.is_empty() {
        // The size of the type is the sum of its fields' sizes.
        let tuple = tuple(krate, fields);
        return Some(quote! {
            for<'__shm> #krate::__private::padding::Bytes<{
                #krate::__private::tuple::padding::<#ident, #tuple>()
            }>: #krate::__private::padding::None,
        });
    }
    // Sizes that depend on a parameter cannot stand in a type; fields that are all of one type, or arrays of it,
    // have no padding between them whatever its size.
    if !repr.align.is_empty() {
        return None;
    }
    let types = distinct_types(fields);
    let mut elements = types.into_iter().map(element);
    let first = elements.next()?;
    let conditions =
        elements.map(|other| quote!(for<'__shm> #other: #krate::__private::padding::SameAs<#first>,));
    Some(conditions.collect())
}

/// The innermost element of an array; another type itself.
fn element(ty: &Type) -> &Type {
    match ty {
        Type::Array(array) => element(&array.elem),
        Type::Group(group) => element(&group.elem),
        Type::Paren(paren) => element(&paren.elem),
        other => other,
    }
}

fn fact(input: &Input, bounds: &Bounds, fact: &TokenStream, conditions: &TokenStream) -> TokenStream {
    let Input { ident, attributes, .. } = input;
    let krate = &attributes.krate;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let self_condition = self_condition(input, &quote!(#krate::ShmSafe));
    quote! {
        // SAFETY: the conditions say that it holds of every field, and the type adds nothing to them.
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        unsafe impl #impl_generics #fact for #ident #type_generics
        where
            #bounds
            #conditions
            #self_condition
        {
        }
    }
}
