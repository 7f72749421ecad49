//! `#[derive(ShmSafe)]`: refuses, at compile time, every type that would break in memory shared between
//! processes, and describes the layout of every type that would not.
//!
//! The derive is documented where it is used: at `shmcore::ShmSafe`. Inside, it is a pipeline of three stages:
//! `parse` reads the tokens into a model that keeps the original nodes, `check` may refuse, `expand` makes
//! the output. Mistakes collect in `diag`, so that all of a type show in one compile.

mod check;
mod diag;
mod expand;
mod parse;
mod prelude;

use proc_macro::TokenStream;

/// Derives `ShmSafe`, and where the fields allow it `PlacementDefault`, `Pod` and `Immutable`.
///
/// # Accepted types
///
/// Structs with `#[repr(C)]` or `#[repr(transparent)]`, and enums with `#[repr(C)]`, `#[repr(transparent)]` or
/// an integer such as `#[repr(u8)]`; `C` and an integer or `align(N)` may be combined, with `N` up to 4096. The
/// types may be generic over types and constants. Every field must be `ShmSafe` itself.
///
/// Unions, `packed`, lifetimes and types that implement `Drop` are refused.
///
/// # Attributes
///
/// | on | attribute | effect |
/// |---|---|---|
/// | type, field, variant | `#[shm(name = "…")]` | the name in the layout, instead of the one in the source |
/// | type | `#[shm(crate = "path")]` | the path of `shmcore`; `::shmcore` without it |
/// | type | `#[shm(bound = "T: Trait")]` | the bounds of the impls, instead of `T: ShmSafe` for each parameter |
/// | type | `#[shm(deny_padding)]` | padding is an error that counts the bytes |
/// | type | `#[shm(no_implicit_prelude)]` | for a module with `#![no_implicit_prelude]` that the derive does not notice by itself, because neither its file nor the crate's root mentions that; errors are less exact there |
/// | variant | `#[default]` | the variant that `PlacementDefault` makes |
#[proc_macro_derive(ShmSafe, attributes(shm, default))]
pub fn derive_shm_safe(input: TokenStream) -> TokenStream {
    match syn::parse(input) {
        Ok(input) => derive(&input, prelude::is_missing()).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// The pipeline. What the checks refuse still gets inert impls, so that one mistake stays one error.
fn derive(input: &syn::DeriveInput, no_implicit_prelude: bool) -> proc_macro2::TokenStream {
    let mut mistakes = diag::Mistakes::default();
    let mut input = parse::Input::parse(input, &mut mistakes);
    input.attributes.no_implicit_prelude |= no_implicit_prelude;
    let fields = check::check(&input, &mut mistakes);
    let no_implicit_prelude = input.attributes.no_implicit_prelude;
    let output = expand::expand(&input, &fields, mistakes);
    if no_implicit_prelude { expand::without_diagnostics(output) } else { output }
}
