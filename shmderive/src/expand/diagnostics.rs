//! The output for a module with `#![no_implicit_prelude]`.
//!
//! The attributes `#[diagnostic::…]` are found through the tool prelude, which such a module does not have, and there is
//! no other name for them. They only choose words, so there they are left out.

use proc_macro2::{Group, TokenStream, TokenTree};

/// The tokens without their `#[diagnostic::…]`, at any depth.
pub(crate) fn without_diagnostics(tokens: TokenStream) -> TokenStream {
    let mut output = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && tokens.peek().is_some_and(is_diagnostic) => {
                tokens.next();
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), without_diagnostics(group.stream()));
                inside.set_span(group.span());
                output.extend([TokenTree::Group(inside)]);
            }
            token => output.extend([token]),
        }
    }
    output
}

/// Whether the token is the `[diagnostic::…]` of an attribute.
fn is_diagnostic(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let first = group.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(ident)) if ident == "diagnostic")
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::without_diagnostics;

    #[test]
    fn only_diagnostics_are_left_out() {
        let tokens = quote! {
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl A { #[diagnostic::on_unimplemented(message = "a")] trait B { const C: [u8; 1]; } }
        };
        let expected = quote!(#[automatically_derived] impl A { trait B { const C: [u8; 1]; } });
        assert_eq!(without_diagnostics(tokens).to_string(), expected.to_string());
    }
}
