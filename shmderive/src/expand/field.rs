//! How a field's type is asked for its layout, which is the question whether it is `ShmSafe`.
//!
//! The question goes through a trait that every `ShmSafe` type has: one of `shmcore` with general words for the
//! answer "no", or one made for the field with the words for it. Both are implemented by a single blanket impl
//! that is never recommended, so that the error neither lists other types nor descends into the field's type.
//!
//! Within one body rustc reports each type that lacks a trait once, so each question has a body of its own: a
//! constant of the local trait `ShmFields`. Types that everybody knows to be fine are asked on the spot.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Path, Type};

use crate::check::{FieldCheck, Wording};
use crate::parse::{Field, Input};

/// The local trait and its impl for `header`, `impl<…> ShmFields for Type where …`; or nothing if no field needs a
/// body of its own.
pub(super) fn questions(input: &Input, checks: &[FieldCheck], header: &TokenStream) -> TokenStream {
    let krate = &input.attributes.krate;
    let fields = input.fields();
    let asked = fields.iter().zip(checks).enumerate();
    let asked =
        asked.filter(|(_, (field, check))| !is_known(&field.ty) && !matches!(check, FieldCheck::Refused));
    let (names, answers): (Vec<Ident>, Vec<TokenStream>) =
        asked.map(|(index, (field, check))| (constant(index), answer(krate, &field.ty, check))).unzip();
    if names.is_empty() {
        return TokenStream::new();
    }
    let layout = quote!(&'static #krate::layout::TypeLayout);
    quote! {
        trait ShmFields {
            #(const #names: #layout;)*
        }
        #header {
            #(const #names: #layout = #answers;)*
        }
    }
}

/// The layout of the field with the number `index` of all, an expression of type `&'static TypeLayout`.
pub(super) fn layout(krate: &Path, index: usize, field: &Field) -> TokenStream {
    if is_known(&field.ty) {
        return answer(krate, &field.ty, &FieldCheck::Plain);
    }
    let constant = constant(index);
    quote!(<Self as ShmFields>::#constant)
}

fn constant(index: usize) -> Ident {
    format_ident!("F{index}")
}

fn answer(krate: &Path, ty: &Type, check: &FieldCheck) -> TokenStream {
    match check {
        FieldCheck::Suspect(wording) => asked_in_own_words(krate, ty, wording),
        FieldCheck::Plain | FieldCheck::Refused => quote!(<#ty as #krate::__private::field::ShmSafe>::FIELD),
    }
}

fn asked_in_own_words(krate: &Path, ty: &Type, wording: &Wording) -> TokenStream {
    let message = escape(&wording.message);
    let label = escape(&wording.label);
    let cure = escape(&format!("cure: {}", wording.cure));
    quote! {
        {
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #cure)]
            trait ShmSafe {
                const FIELD: &'static #krate::layout::TypeLayout;
            }
            #[diagnostic::do_not_recommend]
            impl<__T: #krate::ShmSafe> ShmSafe for __T {
                const FIELD: &'static #krate::layout::TypeLayout = <__T as #krate::ShmSafe>::LAYOUT;
            }
            <#ty as ShmSafe>::FIELD
        }
    }
}

/// The attribute's strings are format strings.
fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Whether the type is spelled like a number or an atomic, or an array of them. A wrong answer costs a body, or an
/// error that another one hides; never the question itself.
fn is_known(ty: &Type) -> bool {
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
