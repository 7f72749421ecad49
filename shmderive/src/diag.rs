//! The mistakes found in one type, kept until all stages have run: the user sees every one in one compile.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects errors, each on the tokens that the user has to change.
#[derive(Default)]
pub(crate) struct Mistakes {
    errors: Option<syn::Error>,
    left_to_rustc: bool,
}

impl Mistakes {
    /// Adds an error on all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error that `syn` has made.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    /// Notes a mistake that rustc reports in its own words.
    pub(crate) fn left_to_rustc(&mut self) {
        self.left_to_rustc = true;
    }

    /// Whether nothing was refused.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_none() && !self.left_to_rustc
    }

    /// One `compile_error!` for each.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.map(syn::Error::into_compile_error).unwrap_or_default()
    }
}
