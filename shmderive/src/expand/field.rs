//! How a field's type is asked for its layout, which is the question whether it is `ShmSafe`.
//!
//! Where the tokens suggest a mistake the question goes through a trait made for the field, with the words for the answer
//! "no"; elsewhere through one of `shmcore`. Either is implemented by a single blanket impl that is never recommended, so
//! that the error neither lists other types nor descends into the field's type. All questions stand beside the impls, in one
//! scope: a type cannot mean one thing where it is asked and another where the layout is taken.
//!
//! The common question is a constant without meaning, at the field's type, where the error shows; the call that takes the layout
//! asks the same once more, which is no second error. The layout itself is not mentioned there: the compiler evaluates a
//! constant wherever it stands, and this one would lead it through all that is inside the field.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use crate::check::{FieldCheck, SELF, Wording, known};
use crate::parse::{Field, Input};

/// The traits that ask the fields in words of their own, and the answers for `header`, `impl<…> ShmFields for Type where …`;
/// also the question to a field that has the type of one before it.
///
/// Within one body rustc reports a type that lacks a fact once, so each question has a body of its own: a constant.
pub(super) fn questions(input: &Input, checks: &[FieldCheck], header: &TokenStream) -> TokenStream {
    let krate = &input.attributes.krate;
    let layout = quote!(&'static #krate::layout::TypeLayout);
    let (mut traits, mut constants, mut answers) = (TokenStream::new(), Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (index, (field, check)) in input.fields().into_iter().zip(checks).enumerate() {
        let (ty, constant) = (&field.ty, constant(index));
        if let Some(wording) = own_words(input, check) {
            let question = input.names.question(index);
            traits.extend(question_trait(input, &question, wording));
            constants.push(quote!(const #constant: #layout));
            answers.push(quote!(<#ty as #question>::FIELD));
        } else if !matches!(check, FieldCheck::Refused)
            && known(ty).is_none()
            && !seen.insert(ty.to_token_stream().to_string())
        {
            constants.push(quote!(const #constant: ()));
            answers.push(quote!(<#ty as #krate::__private::field::ShmSafe>::ASKED));
        }
    }
    if constants.is_empty() {
        return TokenStream::new();
    }
    let fields = input.names.fields();
    quote! {
        #traits
        trait #fields {
            #(#constants;)*
        }
        #header {
            #(#constants = #answers;)*
        }
    }
}

fn constant(index: usize) -> Ident {
    format_ident!("F{index}")
}

/// Asks the field in the common words: a statement, or nothing if it is refused already or has words of its own.
pub(super) fn ask(input: &Input, field: &Field, check: &FieldCheck) -> TokenStream {
    let (ty, krate) = (&field.ty, &input.attributes.krate);
    if matches!(check, FieldCheck::Refused) || own_words(input, check).is_some() {
        return TokenStream::new();
    }
    quote!(let _ = <#ty as #krate::__private::field::ShmSafe>::ASKED;)
}

/// The layout of the field with the number `index` of all, an expression of type `&'static TypeLayout`.
pub(super) fn layout(input: &Input, index: usize, field: &Field, check: &FieldCheck) -> TokenStream {
    let (ty, krate) = (&field.ty, &input.attributes.krate);
    if own_words(input, check).is_none() {
        return quote!(#krate::__private::field::layout::<#ty>());
    }
    let (fields, constant) = (input.names.fields(), constant(index));
    quote!(<Self as #fields>::#constant)
}

/// The words of a trait that is made for the field.
pub(super) fn own_words<'a>(input: &Input, check: &'a FieldCheck) -> Option<&'a Wording> {
    match check {
        FieldCheck::Ask(wording) if !input.attributes.no_implicit_prelude => Some(wording),
        _ => None,
    }
}

fn question_trait(input: &Input, name: &Ident, wording: &Wording) -> TokenStream {
    let krate = &input.attributes.krate;
    let message = format_string(&wording.message);
    let label = format_string(wording.label);
    let cure = format_string(&format!("cure: {}", wording.cure));
    quote! {
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #cure)]
        trait #name {
            const FIELD: &'static #krate::layout::TypeLayout;
        }
        #[diagnostic::do_not_recommend]
        impl<__T: #krate::ShmSafe> #name for __T {
            const FIELD: &'static #krate::layout::TypeLayout = <__T as #krate::ShmSafe>::LAYOUT;
        }
    }
}

/// The attribute's strings are format strings.
fn format_string(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}").replace(SELF, "{Self}")
}
