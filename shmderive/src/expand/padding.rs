//! `#[shm(deny_padding)]`: an error for each run of padding, on the type of the field before it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::enum_layout;
use super::names::local;
use crate::parse::{Body, Field, Input};

/// The assertions, or nothing if padding is not denied. They stand before the layout, inside its constant.
pub(super) fn assertions(input: &Input) -> TokenStream {
    if !input.attributes.deny_padding {
        return TokenStream::new();
    }
    let name = &input.attributes.name.value;
    match &input.body {
        Body::Struct(fields) => {
            let offsets = fields.iter().map(|field| {
                let member = &field.member;
                quote!(::core::mem::offset_of!(Self, #member))
            });
            let offsets = quote!([#(#offsets,)*]);
            of_fields(input, fields, &offsets, name)
        }
        Body::Enum(variants) if input.repr.transparent.is_none() => {
            let prelude = enum_layout::prelude(input, variants);
            let assertions = variants.iter().enumerate().map(|(index, variant)| {
                let offsets = enum_layout::offsets(index);
                let name = format!("{name}::{}", variant.name.value);
                let of_fields = of_fields(input, &variant.fields, &quote!(#offsets.fields), &name);
                let of_tag = of_tag(input, variant.ident.span(), &offsets, &variant.fields, &name);
                quote!(#of_tag #of_fields)
            });
            quote!({ #prelude #(#assertions)* })
        }
        Body::Enum(_) | Body::Union(_) => TokenStream::new(),
    }
}

/// Between each field and the next, behind the last, and inside each.
fn of_fields(input: &Input, fields: &[Field], offsets: &TokenStream, name: &str) -> TokenStream {
    let private = private(input);
    let mut tokens = TokenStream::new();
    for (index, field) in fields.iter().enumerate() {
        let ty = &field.ty;
        let text = &field.name.value;
        let end = if index + 1 < fields.len() {
            let next = index + 1;
            quote!(#offsets[#next])
        } else {
            quote!(::core::mem::size_of::<Self>())
        };
        let gap = quote!(#private::gap(#offsets[#index] + ::core::mem::size_of::<#ty>(), #end));
        let after = format!(
            "of padding after field `{text}`; cure: put fields that fill it there, or order from large to small"
        );
        tokens.extend(panic_if(&quote!(#gap), &private, ty.span(), name, &after));
        let inside = format!("of padding inside field `{text}`; cure: remove it from the type of the field");
        let krate = &input.attributes.krate;
        let inner = quote!(#private::inside(<#ty as #krate::__private::field::ShmSafe>::FIELD));
        tokens.extend(panic_if(&inner, &private, ty.span(), name, &inside));
    }
    tokens
}

/// Between the tag and the first field, or the end of the enum.
fn of_tag(input: &Input, span: Span, offsets: &Ident, fields: &[Field], name: &str) -> TokenStream {
    let end =
        if fields.is_empty() { quote!(::core::mem::size_of::<Self>()) } else { quote!(#offsets.fields[0]) };
    let private = private(input);
    let gap = quote!(#private::gap(#offsets.tag_end, #end));
    panic_if(
        &gap,
        &private,
        span,
        name,
        "of padding after the tag; cure: use a wider tag, or a smaller alignment",
    )
}

fn private(input: &Input) -> TokenStream {
    let krate = &input.attributes.krate;
    quote!(#krate::__private::padding)
}

/// A panic in const evaluation if `bytes` is not 0. Its tokens lie at `span`, where the error is shown.
fn panic_if(bytes: &TokenStream, private: &TokenStream, span: Span, name: &str, what: &str) -> TokenStream {
    let [bytes_name, message] = ["__shm_bytes", "__shm_message"].map(local);
    let message = Ident::new(&message.to_string(), message.span().located_at(span));
    let panic = quote_spanned!(message.span()=> #message.fail());
    quote! {
        let #bytes_name: ::core::primitive::usize = #bytes;
        if #bytes_name != 0 {
            let #message = #private::Message::new(#name, #bytes_name, #what);
            #panic
        }
    }
}
