//! How a field's type is asked for its layout, which is the question whether it is `ShmSafe`.
//!
//! The question goes through a trait made for the field, with the words for the answer "no". It is implemented by a
//! single blanket impl that is never recommended, so that the error neither lists other types nor descends into the
//! field's type. All questions stand beside the impls, in one scope: a type cannot mean one thing where it is asked and
//! another where the layout is taken.
//!
//! Within one body rustc reports each type that lacks a trait once, so each question has a body of its own: a
//! constant of the local trait `ShmFields`. Types that everybody knows to be fine are asked on the spot.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Type;

use crate::check::{FieldCheck, SELF, Wording};
use crate::parse::{Field, Input};

/// The traits, and the impl for `header`, `impl<…> ShmFields for Type where …`; or nothing if no field needs a body
/// of its own.
pub(super) fn questions(input: &Input, checks: &[FieldCheck], header: &TokenStream) -> TokenStream {
    let krate = &input.attributes.krate;
    let layout = quote!(&'static #krate::layout::TypeLayout);
    let (mut traits, mut names, mut answers) = (TokenStream::new(), Vec::new(), Vec::new());
    for (index, (field, check)) in input.fields().iter().zip(checks).enumerate() {
        let FieldCheck::Ask(wording) = check else { continue };
        if is_known(&field.ty) {
            continue;
        }
        let ty = &field.ty;
        let question = if input.attributes.no_implicit_prelude {
            quote!(#krate::__private::field::ShmSafe)
        } else {
            let question = input.names.question(index);
            traits.extend(question_trait(input, &question, wording));
            question.into_token_stream()
        };
        names.push(constant(index));
        answers.push(quote!(<#ty as #question>::FIELD));
    }
    if names.is_empty() {
        return TokenStream::new();
    }
    let fields = input.names.fields();
    quote! {
        #traits
        trait #fields {
            #(const #names: #layout;)*
        }
        #header {
            #(const #names: #layout = #answers;)*
        }
    }
}

/// The layout of the field with the number `index` of all, an expression of type `&'static TypeLayout`.
pub(super) fn layout(input: &Input, index: usize, field: &Field) -> TokenStream {
    let ty = &field.ty;
    if is_known(ty) {
        let krate = &input.attributes.krate;
        return quote!(<#ty as #krate::__private::field::ShmSafe>::FIELD);
    }
    let (fields, constant) = (input.names.fields(), constant(index));
    quote!(<Self as #fields>::#constant)
}

fn constant(index: usize) -> Ident {
    format_ident!("F{index}")
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

/// Whether the type is spelled like a number or an atomic, or an array of them. A wrong answer costs a body, or an
/// error that another one hides; never the question itself, which is asked of the type whatever it is called.
pub(super) fn is_known(ty: &Type) -> bool {
    const KNOWN: [&str; 27] = [
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "f32",
        "f64",
        "bool",
        "char",
        "AtomicBool",
        "AtomicU8",
        "AtomicU16",
        "AtomicU32",
        "AtomicU64",
        "AtomicUsize",
        "AtomicI8",
        "AtomicI16",
        "AtomicI32",
        "AtomicI64",
        "AtomicIsize",
    ];
    match ty {
        Type::Array(array) => is_known(&array.elem),
        Type::Path(path) => {
            path.path.get_ident().is_some_and(|ident| KNOWN.iter().any(|known| ident == known))
        }
        _ => false,
    }
}
