//! An attribute macro that changes a type after a derive above it has seen it: what the derive then believes is wrong,
//! and must not compile.

use proc_macro::{Group, TokenStream, TokenTree};

/// `#[swap(a => b c)]` replaces every token `a` of the type by `b c`; with nothing behind the arrow it removes it.
#[proc_macro_attribute]
pub fn swap(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut arguments = arguments.into_iter();
    let Some(old) = arguments.next() else { return item };
    // The arrow is two tokens.
    let new: TokenStream = arguments.skip(2).collect();
    replace(item, &old.to_string(), &new)
}

fn replace(tokens: TokenStream, old: &str, new: &TokenStream) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace(group.stream(), old, new));
            replaced.set_span(group.span());
            TokenStream::from(TokenTree::Group(replaced))
        }
        token if token.to_string() == old => new.clone(),
        token => TokenStream::from(token),
    });
    replaced.collect()
}

/// `#[append(…)]` puts the tokens behind the type.
#[proc_macro_attribute]
pub fn append(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = item;
    item.extend(arguments);
    item
}
