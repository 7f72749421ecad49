//! The third stage: the output.
//!
//! Everything is inside one `const _: () = { … };` and names only `::core` and the path of `shmcore`, so that it
//! works without a prelude, beside a user's own `Vec`, and with the crate renamed.

mod diagnostics;
mod enum_layout;
mod facts;
mod field;
mod generics;
mod inert;
mod names;
mod no_drop;
mod padding;
mod placement_default;
mod shm_safe;
mod struct_layout;

use proc_macro2::TokenStream;
use quote::quote;

use crate::check::FieldCheck;
use crate::diag::Mistakes;
use crate::parse::{Body, Input};
pub(crate) use diagnostics::without_diagnostics;
use generics::Bounds;
pub(crate) use names::Names;

/// Makes the impls, or inert ones beside the errors.
pub(crate) fn expand(input: &Input, checks: &[FieldCheck], mistakes: Mistakes) -> TokenStream {
    if !mistakes.is_empty() {
        let inert = inert::impls(input, checks);
        let errors = mistakes.into_compile_errors();
        return quote! { #errors #inert };
    }
    let bounds = Bounds::of(input);
    let shm_safe = shm_safe::impl_shm_safe(input, checks, &bounds);
    let placement_default = placement_default::impl_placement_default(input, &bounds);
    let pod = facts::impl_pod(input, &bounds);
    let immutable = facts::impl_immutable(input, &bounds);
    let no_drop = no_drop::impl_no_drop(input);
    let evaluation = evaluation(input);
    quote! {
        const _: () = {
            #shm_safe
            #placement_default
            #pod
            #immutable
            #no_drop
            #evaluation
        };
    }
}

/// Makes `cargo check` evaluate the assertions inside `LAYOUT`, where there are any and it can.
fn evaluation(input: &Input) -> TokenStream {
    let asserts = matches!(input.body, Body::Enum(_)) || input.attributes.deny_padding;
    if !asserts
        || input.generics.type_params().next().is_some()
        || input.generics.const_params().next().is_some()
    {
        return TokenStream::new();
    }
    let (krate, ident) = (&input.attributes.krate, &input.ident);
    quote!(const _: &#krate::layout::TypeLayout = <#ident as #krate::ShmSafe>::LAYOUT;)
}
