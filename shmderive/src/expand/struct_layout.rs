//! The layout of what has no tag: a struct, and an enum that is `repr(transparent)`. All offsets are rustc's own.
//!
//! Beside the layout stands the proof that the fields asked are the fields of the type: an attribute macro below the
//! derive may have changed them since. The pattern names every field, and each becomes a `*const` of the type that was
//! asked: no conversion leads there from a reference to another type, as deref does between references.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::field;
use super::generics::MOST_TYPES;
use super::names::{local, numbered};
use crate::check::FieldCheck;
use crate::parse::{Field, Input, Variant};

/// The `TypeLayout` expression of a struct.
pub(super) fn layout(input: &Input, fields: &[Field], checks: &[FieldCheck]) -> TokenStream {
    let krate = &input.attributes.krate;
    let [value, base] = ["__shm_value", "__shm_base"].map(local);
    let members = fields.iter().map(|field| &field.member);
    let bindings = bindings(fields);
    let entries = entries(input, fields, checks, &base);
    let layout = type_layout(input, &quote!(#krate::layout::Kind::Struct { fields: &#entries }));
    quote! {
        let #value = ::core::mem::MaybeUninit::<Self>::uninit();
        let #base = #value.as_ptr();
        // SAFETY: nothing in the value is read: it is matched by a pattern that names every field that there is, none of them
        // in a `packed` struct, and the addresses of its fields are taken. What refers to bytes that are not initialised
        // stays in const evaluation.
        unsafe {
            let Self { #(#members: #bindings,)* } = &*#base;
            #layout
        }
    }
}

/// The array of all fields. Those without words of their own are asked by the bounds of one call, which takes the
/// compiler a third of the time that an expression for each does; the others stand beside them.
fn entries(input: &Input, fields: &[Field], checks: &[FieldCheck], base: &Ident) -> TokenStream {
    let private = fields_path(input);
    let numbered = fields.iter().zip(checks).enumerate();
    let (asked, plain): (Vec<_>, Vec<_>) =
        numbered.partition(|(_, (_, check))| field::own_words(input, check).is_some());
    let plain: Vec<_> = plain.into_iter().map(|(_, (field, _))| (field, None)).collect();
    let places = asked.iter().map(|(index, _)| index);
    let places = quote!([#(#places,)*]);
    let with_layouts = asked
        .into_iter()
        .map(|(index, (field, check))| (field, Some(field::layout(input, index, field, check))));
    let asked: Vec<_> = with_layouts.collect();
    match (plain.is_empty(), asked.is_empty()) {
        (_, true) => calls(input, &plain, base),
        (true, false) => calls(input, &asked, base),
        (false, false) => {
            let (plain, asked) = (calls(input, &plain, base), calls(input, &asked, base));
            let count = fields.len();
            quote!(#private::merge::<_, _, #count>(#plain, #asked, #places))
        }
    }
}

/// The array of `fields`, all with layouts that are given or all without, by one call for every twelve of them.
fn calls(input: &Input, fields: &[(&Field, Option<TokenStream>)], base: &Ident) -> TokenStream {
    let private = fields_path(input);
    if fields.is_empty() {
        return quote!([]);
    }
    let (here, rest) = fields.split_at(fields.len().min(MOST_TYPES));
    let names = here.iter().map(|(field, _)| &field.name.value);
    let types = here.iter().map(|(field, _)| &field.ty);
    let places = here.iter().map(|(field, _)| {
        let member = &field.member;
        // What rustc says about the place belongs to the type of the field.
        quote_spanned!(Span::call_site().located_at(field.ty.span())=> &raw const (*#base).#member)
    });
    let layouts: Vec<_> = here.iter().filter_map(|(_, layout)| layout.as_ref()).collect();
    let (how, layouts) =
        if layouts.is_empty() { ("known", None) } else { ("asked", Some(quote!([#(#layouts,)*],))) };
    let call = format_ident!("{how}_{}", here.len());
    let here = quote!(#private::#call::<Self, #(#types,)*>([#(#names,)*], #layouts #base, #(#places,)*));
    if rest.is_empty() {
        return here;
    }
    let rest = calls(input, rest, base);
    let count = fields.len();
    quote!(#private::join::<_, _, #count>(#here, #rest))
}

fn fields_path(input: &Input) -> TokenStream {
    let krate = &input.attributes.krate;
    quote!(#krate::__private::fields)
}

/// The layout of an enum that is `repr(transparent)`: its one variant has no tag, so it is like a struct. `offset_of!`
/// does not reach into a variant; the offsets are those of the references that the pattern binds.
pub(super) fn transparent_enum_layout(
    input: &Input,
    variants: &[Variant],
    checks: &[FieldCheck],
) -> TokenStream {
    let krate = &input.attributes.krate;
    let [probe, offsets, field] = ["__shm_probe", "__shm_offsets", "__shm_field"].map(local);
    let fields: Vec<_> = variants.iter().flat_map(|variant| &variant.fields).collect();
    let number = fields.len();
    let entries = fields.iter().enumerate().map(|(index, field)| {
        let name = &field.name.value;
        let layout = field::layout(input, index, field, &checks[index]);
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
pub(super) fn bindings(fields: &[Field]) -> Vec<Ident> {
    let bindings = fields.iter().enumerate().map(|(index, field)| {
        let mut binding = numbered("__shm_", index);
        binding.set_span(binding.span().located_at(field.ty.span()));
        binding
    });
    bindings.collect()
}
