//! The bounds of the impls.
//!
//! `T: ShmSafe` for each type parameter, and for each type `T::Item` that a field mentions; or what
//! `#[shm(bound = "…")]` says. Conditions on the fields are written `for<'__shm> Field: Trait`: in that form rustc
//! accepts a condition that is false, and the type merely lacks the fact.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{Ident, Path, Type, TypePath};

use crate::check::known;
use crate::parse::{Field, Input};

/// The number of types in the longest tuple that `shmcore` knows, and of fields in one call.
pub(super) const MOST_TYPES: usize = 12;

/// The predicates that every impl has, each with a comma behind it.
pub(super) struct Bounds {
    predicates: TokenStream,
}

impl Bounds {
    pub(super) fn of(input: &Input) -> Self {
        let mut predicates = declared(input);
        if let Some(bound) = &input.attributes.bound {
            for predicate in bound {
                predicates.extend(quote!(#predicate,));
            }
            if input.generics.type_params().next().is_some() {
                // Required of every `ShmSafe` type; where a bound forgets it, the error is about the field.
                predicates.extend(quote!(for<'__shm> Self: 'static,));
            }
            return Self { predicates };
        }
        let krate = &input.attributes.krate;
        for parameter in input.generics.type_params() {
            let ident = &parameter.ident;
            predicates.extend(quote!(#ident: #krate::ShmSafe,));
        }
        for projection in projections(input) {
            predicates.extend(quote!(#projection: #krate::ShmSafe,));
        }
        Self { predicates }
    }
}

impl ToTokens for Bounds {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.predicates.to_tokens(tokens);
    }
}

/// `for<'__shm> Self: facts,`: what a trait requires of the type, as a condition of the impl, so that a field without it
/// is refused in its own words and not once more for the type. Numbers and atomics have it, and each condition costs
/// time in every check of a type that has the type as a field; where there is nothing else, it is left out.
pub(super) fn self_condition(input: &Input, facts: &TokenStream) -> TokenStream {
    if input.fields().iter().all(|field| known(&field.ty).is_some()) {
        return TokenStream::new();
    }
    quote!(for<'__shm> Self: #facts,)
}

/// The predicates of the type's own `where` clause, each with a comma behind it.
pub(super) fn declared(input: &Input) -> TokenStream {
    let mut predicates = TokenStream::new();
    if let Some(clause) = &input.generics.where_clause {
        for predicate in &clause.predicates {
            predicates.extend(quote!(#predicate,));
        }
    }
    predicates
}

/// The types of the fields as one, in their order: a tuple, or a chain of tuples if they are more than one holds.
pub(super) fn tuple<'a>(krate: &Path, fields: impl IntoIterator<Item = &'a Field>) -> TokenStream {
    let types: Vec<&Type> = fields.into_iter().map(|field| &field.ty).collect();
    let tuples = types.chunks(MOST_TYPES).map(|types| quote!((#(#types,)*)));
    tuples
        .rev()
        .reduce(|rest, first| quote!(#krate::__private::tuple::More<#first, #rest>))
        .unwrap_or_else(|| quote!(()))
}

/// `for<'__shm> Fields: Fact,`: the condition that all fields have a fact.
pub(super) fn condition<'a>(
    krate: &Path,
    fields: impl IntoIterator<Item = &'a Field>,
    fact: &TokenStream,
) -> TokenStream {
    let tuple = tuple(krate, fields);
    quote!(for<'__shm> #tuple: #krate::__private::tuple::#fact,)
}

/// The types of the fields, each spelling once.
pub(super) fn distinct_types<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<&'a Type> {
    let mut seen = HashSet::new();
    let fields = fields.into_iter();
    fields.map(|field| &field.ty).filter(|ty| seen.insert(ty.to_token_stream().to_string())).collect()
}

/// The types of the form `T::Item` or `<T as Trait>::Item` in the fields, each spelling once.
fn projections(input: &Input) -> Vec<TypePath> {
    struct Finder<'a> {
        parameters: HashSet<&'a Ident>,
        seen: HashSet<String>,
        found: Vec<TypePath>,
    }
    impl<'ast> Visit<'ast> for Finder<'_> {
        fn visit_type_path(&mut self, path: &'ast TypePath) {
            let segments = &path.path.segments;
            let of_parameter = segments.len() > 1
                && segments.first().is_some_and(|segment| self.parameters.contains(&segment.ident));
            let of_self_type = path.qself.as_ref().is_some_and(|qself| self.mentions_parameter(&qself.ty));
            if (of_parameter || of_self_type) && self.seen.insert(path.to_token_stream().to_string()) {
                self.found.push(path.clone());
            }
            visit::visit_type_path(self, path);
        }
    }
    impl Finder<'_> {
        fn mentions_parameter(&self, ty: &Type) -> bool {
            match ty {
                // From a macro's `$t:ty`.
                Type::Group(group) => self.mentions_parameter(&group.elem),
                Type::Paren(paren) => self.mentions_parameter(&paren.elem),
                Type::Path(path) => {
                    let first = path.path.segments.first();
                    first.is_some_and(|segment| self.parameters.contains(&segment.ident))
                }
                _ => false,
            }
        }
    }
    let parameters: HashSet<&Ident> =
        input.generics.type_params().map(|parameter| &parameter.ident).collect();
    if parameters.is_empty() {
        return Vec::new();
    }
    let mut finder = Finder { parameters, seen: HashSet::new(), found: Vec::new() };
    for field in input.fields() {
        finder.visit_type(&field.ty);
    }
    finder.found
}
