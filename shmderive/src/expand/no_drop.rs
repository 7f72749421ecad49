//! The proof that the type does not implement `Drop`.
//!
//! `shmcore` implements the trait `NoDrop` for every type that is `Drop`; an impl for this type overlaps with it
//! exactly if the type is `Drop` too. Coherence is checked with the types, for generic ones as well.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::generics::declared;
use crate::parse::Input;

/// The impl. Its tokens lie on the type's name, where the error is shown.
pub(super) fn impl_no_drop(input: &Input) -> TokenStream {
    let Input { ident, attributes, .. } = input;
    let krate = &attributes.krate;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let declared = declared(input);
    let facts = quote!(#krate::__private::no_drop);
    quote_spanned! {ident.span()=>
        impl #impl_generics #facts::NoDrop<#facts::DropWouldRunInEveryProcess, #facts::WriteAMethodInsteadOfDrop>
            for #ident #type_generics
        where
            #declared
        {
        }
    }
}
