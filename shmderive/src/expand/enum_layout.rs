//! The layout of an enum with a tag.
//!
//! `offset_of!` of a variant's field is not stable, so the offsets are computed as RFC 2195 says, and the size and
//! alignment that follow from them are asserted to be rustc's:
//!
//! ```text
//! repr(u8)      a union of structs   { tag, fields of the variant … }
//! repr(C)       a struct             { tag, union of structs { fields of the variant … } }
//! repr(C, u8)   the same, with the tag of the integer's width
//! ```

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{field, struct_layout};
use crate::parse::{Input, Variant};

/// The `TypeLayout` expression of an enum, behind the constants that it needs.
pub(super) fn layout(input: &Input, variants: &[Variant]) -> TokenStream {
    let krate = &input.attributes.krate;
    let prelude = prelude(input, variants);
    let mut numbers = 0..;
    let entries = variants.iter().enumerate().map(|(index, variant)| {
        let (discriminant, offsets) = (format_ident!("__shm_d{index}"), format_ident!("__shm_o{index}"));
        let name = &variant.name.value;
        let fields = variant.fields.iter().zip(&mut numbers).enumerate().map(|(place, (field, number))| {
            let name = &field.name.value;
            let layout = field::layout(krate, number, field);
            quote!(#krate::layout::Field { name: #name, offset: #offsets.fields[#place], layout: #layout })
        });
        let fields: Vec<_> = fields.collect();
        quote! {
            #krate::layout::Variant { name: #name, discriminant: #discriminant as i128, fields: &[#(#fields,)*] }
        }
    });
    let layout = struct_layout::type_layout(
        input,
        &quote!(#krate::layout::Kind::Enum { tag: __shm_tag, variants: &[#(#entries,)*] }),
    );
    let guard = struct_layout::variant_types_guard(variants);
    quote!(#guard #prelude #layout)
}

/// Binds `__shm_d0` … to the discriminants and `__shm_o0` … to the offsets of the fields of each variant, and asserts that
/// size and alignment agree with rustc's.
pub(super) fn prelude(input: &Input, variants: &[Variant]) -> TokenStream {
    let krate = &input.attributes.krate;
    let private = quote!(#krate::__private::enum_layout);
    let discriminants = discriminants(input, variants);
    let names: Vec<_> = (0..variants.len()).map(|index| format_ident!("__shm_d{index}")).collect();
    let tag = if let Some(int) = &input.repr.int {
        let primitive = format_ident!("{}", int.primitive);
        quote!(#krate::layout::Primitive::#primitive)
    } else {
        quote!(#private::c_tag(&[#(#names as i128,)*]))
    };
    let form = if input.repr.c.is_some() { quote!(tag_then_union) } else { quote!(union_of_structs) };
    let align = input.repr.align.iter().map(|align| &align.number);
    let alignments = variants.iter().flat_map(|variant| &variant.fields).map(|field| &field.ty);
    let offsets = variants.iter().enumerate().map(|(index, variant)| {
        let offsets = format_ident!("__shm_o{index}");
        let types = variant.fields.iter().map(|field| &field.ty);
        quote!(let #offsets = __shm_form.offsets([#(#private::SizeAlign::of::<#types>(),)*]);)
    });
    let ends = (0..variants.len()).map(|index| format_ident!("__shm_o{index}"));
    quote! {
        #discriminants
        let __shm_tag = #tag;
        let __shm_form = #private::Form::#form(
            __shm_tag,
            #private::max_align(&[#(#private::SizeAlign::of::<#alignments>(),)*]),
        );
        #(#offsets)*
        __shm_form.assert_agrees::<Self>(&[#(#ends.end,)*], &[#(#align,)*]);
    }
}

/// `let __shm_d0: u8 = …;` for each variant: the expression it gives, or one more than the variant before.
fn discriminants(input: &Input, variants: &[Variant]) -> TokenStream {
    let ty = input.repr.int.as_ref().map_or_else(|| quote!(isize), |int| quote!(#int));
    let mut tokens = TokenStream::new();
    for (index, variant) in variants.iter().enumerate() {
        let name = format_ident!("__shm_d{index}");
        let value = match &variant.discriminant {
            Some(expression) => quote!(#expression),
            None if index == 0 => quote!(0),
            None => {
                let before = format_ident!("__shm_d{}", index - 1);
                // rustc refuses an overflow in its own words.
                quote!(#before.wrapping_add(1))
            }
        };
        tokens.extend(quote!(let #name: ::core::primitive::#ty = #value;));
    }
    tokens
}
