//! The layout of an enum with a tag.
//!
//! `offset_of!` of a variant's field is not stable, so the offsets are computed as RFC 2195 says:
//!
//! ```text
//! repr(u8)      a union of structs   { tag, fields of the variant … }
//! repr(C)       a struct             { tag, union of structs { fields of the variant … } }
//! repr(C, u8)   the same, with the tag of the integer's width
//! ```
//!
//! and then compared with rustc's: size and alignment of the whole, and of each variant the discriminant and the
//! addresses of its fields, in a value made of the computed tag. What differs is an error in const evaluation.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::names::{local, numbered};
use super::{field, struct_layout};
use crate::check::FieldCheck;
use crate::parse::{Input, Variant};

/// The `TypeLayout` expression of an enum, behind the constants that it needs.
pub(super) fn layout(input: &Input, variants: &[Variant], checks: &[FieldCheck]) -> TokenStream {
    let krate = &input.attributes.krate;
    let prelude = prelude(input, variants);
    let proof = proof(input, variants);
    let mut numbers = 0..;
    let entries = variants.iter().enumerate().map(|(index, variant)| {
        let (discriminant, offsets) = (discriminant(index), offsets(index));
        let name = &variant.name.value;
        let fields = variant.fields.iter().zip(&mut numbers).enumerate().map(|(place, (field, number))| {
            let name = &field.name.value;
            let layout = field::layout(input, number, field, &checks[number]);
            quote!(#krate::layout::Field { name: #name, offset: #offsets.fields[#place], layout: #layout })
        });
        let fields: Vec<_> = fields.collect();
        quote! {
            #krate::layout::Variant { name: #name, discriminant: #discriminant as ::core::primitive::i128, fields: &[#(#fields,)*] }
        }
    });
    let tag = local("__shm_tag");
    let layout = struct_layout::type_layout(
        input,
        &quote!(#krate::layout::Kind::Enum { tag: #tag, variants: &[#(#entries,)*] }),
    );
    quote!(#prelude #proof #layout)
}

/// The place of the identifier, with the hygiene of the output.
fn at(ident: &Ident) -> Span {
    Span::call_site().located_at(ident.span())
}

fn discriminant(index: usize) -> Ident {
    numbered("__shm_d", index)
}

/// The name of the offsets of the variant with this number.
pub(super) fn offsets(index: usize) -> Ident {
    numbered("__shm_o", index)
}

/// Binds `__shm_d0` … to the discriminants and `__shm_o0` … to the offsets of the fields of each variant, and asserts
/// that size and alignment agree with rustc's.
pub(super) fn prelude(input: &Input, variants: &[Variant]) -> TokenStream {
    let krate = &input.attributes.krate;
    let private = quote!(#krate::__private::enum_layout);
    let discriminants = discriminants(input, variants);
    let names = (0..variants.len()).map(discriminant);
    let span = at(&input.ident);
    let tag = if let Some(int) = &input.repr.int {
        let primitive = format_ident!("{}", int.primitive);
        quote!(#krate::layout::Primitive::#primitive)
    } else {
        quote!(#private::c_tag(&[#(#names as ::core::primitive::i128,)*]))
    };
    let form = if input.repr.c.is_some() { quote!(tag_then_union) } else { quote!(union_of_structs) };
    let align = input.repr.align.iter().map(|align| &align.number);
    let alignments = variants.iter().flat_map(|variant| &variant.fields).map(|field| &field.ty);
    let [tag_name, form_name] = ["__shm_tag", "__shm_form"].map(local);
    let of_variants = variants.iter().enumerate().map(|(index, variant)| {
        let offsets = offsets(index);
        let types = variant.fields.iter().map(|field| &field.ty);
        quote!(let #offsets = #form_name.offsets([#(#private::SizeAlign::of::<#types>(),)*]);)
    });
    let ends = (0..variants.len()).map(offsets);
    let form_here = Ident::new(&form_name.to_string(), form_name.span().located_at(span));
    let agrees = quote_spanned! {span=>
        #form_here.assert_agrees::<Self>(&[#(#ends.end,)*], &[#(#align,)*]);
    };
    quote! {
        #discriminants
        let #tag_name = #tag;
        let #form_name = #private::Form::#form(
            #tag_name,
            #private::max_align(&[#(#private::SizeAlign::of::<#alignments>(),)*]),
        );
        #(#of_variants)*
        #agrees
    }
}

/// `let __shm_d0: u8 = …;` for each variant: the expression it gives, or one more than the variant before.
fn discriminants(input: &Input, variants: &[Variant]) -> TokenStream {
    let ty = input.repr.int.as_ref().map_or_else(|| quote!(isize), |int| quote!(#int));
    let mut tokens = TokenStream::new();
    for (index, variant) in variants.iter().enumerate() {
        let name = discriminant(index);
        let value = match &variant.discriminant {
            Some(expression) => quote!(#expression),
            None if index == 0 => quote!(0),
            None => {
                let before = discriminant(index - 1);
                // rustc refuses an overflow in its own words.
                quote!(#before.wrapping_add(1))
            }
        };
        tokens.extend(quote!(let #name: ::core::primitive::#ty = #value;));
    }
    tokens
}

/// The comparison with rustc: for each variant, a value with nothing but the tag is matched, must be that variant, and
/// its fields must lie where the layout says. They must also have the types that were asked: see [`struct_layout`].
///
/// A `match` with one variant reads no tag, so of such an enum the discriminant is not compared, only the rest.
fn proof(input: &Input, variants: &[Variant]) -> TokenStream {
    let krate = &input.attributes.krate;
    let [tag, probe, number, field] = ["__shm_tag", "__shm_probe", "__shm_number", "__shm_field"].map(local);
    let count = variants.len();
    let discriminants = (0..count).map(discriminant);
    let arms = variants.iter().enumerate().map(|(index, variant)| {
        let pattern = struct_layout::variant_pattern(variant);
        let (bindings, offsets) = (struct_layout::bindings(&variant.fields), offsets(index));
        let places = 0..variant.fields.len();
        let types = variant.fields.iter().map(|field| &field.ty);
        let probe_here = Ident::new(&probe.to_string(), probe.span().located_at(variant.ident.span()));
        quote_spanned! {at(&variant.ident)=>
            #pattern => {
                #probe_here.assert_variant(#number, #index);
                #(
                    let #field: *const #types = #bindings;
                    // SAFETY: the pattern bound the field in this value.
                    unsafe { #probe.assert_offset(#field, #offsets.fields[#places]); }
                )*
            }
        }
    });
    quote_spanned! {at(&input.ident)=>
        let mut #number: ::core::primitive::usize = 0;
        while #number < #count {
            let #probe = #krate::__private::enum_probe::Probe::<Self>::with_tag(
                #tag,
                [#(#discriminants as ::core::primitive::i128,)*][#number],
            );
            // SAFETY: the value is only matched: its tag is read, and of the fields nothing but their addresses.
            match *unsafe { #probe.as_ref() } { #(#arms)* }
            #number += 1;
        }
    }
}
