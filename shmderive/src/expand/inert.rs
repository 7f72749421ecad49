//! Impls without meaning for a type that was refused: whoever uses the type sees no second error for the first
//! mistake. The fields are still asked, so that every mistake shows in one compile.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Lifetime};

use super::field;
use super::generics::Bounds;
use super::no_drop;
use crate::check::FieldCheck;
use crate::parse::Input;

/// All four impls. Lifetimes are `'static` in them.
pub(super) fn impls(input: &Input, checks: &[FieldCheck]) -> TokenStream {
    let Input { ident, attributes, .. } = input;
    let krate = &attributes.krate;
    let bounds = Bounds::of(input);
    let mut generics = input.generics.clone();
    generics.params =
        generics.params.into_iter().filter(|p| !matches!(p, GenericParam::Lifetime(_))).collect();
    visit_mut::visit_generics_mut(&mut WithoutLifetimes(input), &mut generics);
    let (impl_generics, ..) = generics.split_for_impl();
    let arguments = input.generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(_) => quote!('static),
        GenericParam::Type(parameter) => {
            let ident = &parameter.ident;
            quote!(#ident)
        }
        GenericParam::Const(parameter) => {
            let ident = &parameter.ident;
            quote!(#ident)
        }
    });
    let bounds = without_lifetimes(input, &bounds);
    let ty = if input.generics.params.is_empty() { quote!(#ident) } else { quote!(#ident<#(#arguments,)*>) };
    let no_drop = no_drop::impl_no_drop(input);
    let fields = input.names.fields();
    let header = quote!(impl #impl_generics #fields for #ty where #bounds);
    let questions = field::questions(input, checks, &header);
    let asked = input.fields().into_iter().zip(checks).map(|(field, check)| field::ask(input, field, check));
    let conditions = quote! {
        #bounds
        for<'__shm> Self: ::core::marker::Send + ::core::marker::Sync + ::core::marker::Sized,
    };
    quote! {
        const _: () = {
            #questions

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            unsafe impl #impl_generics #krate::ShmSafe for #ty where #conditions {
                const LAYOUT: &'static #krate::layout::TypeLayout = {
                    #(#asked)*
                    #krate::__private::inert::LAYOUT
                };
            }
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            unsafe impl #impl_generics #krate::PlacementDefault for #ty where #conditions {
                unsafe fn placement_default(_: *mut Self) {}
            }
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            unsafe impl #impl_generics #krate::Pod for #ty where #conditions {}
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            unsafe impl #impl_generics #krate::Immutable for #ty where #conditions {}
            #no_drop
        };
    }
}

/// Replaces every lifetime parameter of the type by `'static`.
struct WithoutLifetimes<'a>(&'a Input);

impl VisitMut for WithoutLifetimes<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.0.generics.lifetimes().any(|parameter| parameter.lifetime == *lifetime) {
            *lifetime = Lifetime::new("'static", Span::mixed_site());
        }
    }
}

/// The bounds with every lifetime parameter of the type replaced by `'static`.
fn without_lifetimes(input: &Input, bounds: &Bounds) -> TokenStream {
    let mut clause: syn::WhereClause = syn::parse_quote!(where #bounds);
    visit_mut::visit_where_clause_mut(&mut WithoutLifetimes(input), &mut clause);
    let predicates = clause.predicates.iter();
    quote!(#(#predicates,)*)
}
