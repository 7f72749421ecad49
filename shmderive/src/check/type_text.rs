//! A type as text, for messages: as a person would write it, without the blanks that tokens are printed with.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// The type on one line.
pub(super) fn type_text(ty: &impl ToTokens) -> String {
    let mut text = String::new();
    append(&mut text, ty.to_token_stream());
    text
}

fn append(text: &mut String, tokens: TokenStream) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if group.delimiter() != Delimiter::None {
                    separate(text, open);
                }
                text.push_str(open);
                append(text, group.stream());
                text.push_str(close);
            }
            other => {
                let word = other.to_string();
                separate(text, &word);
                text.push_str(&word);
            }
        }
    }
}

/// Adds a blank where the next token needs one.
fn separate(text: &mut String, next: &str) {
    let Some(last) = text.chars().last() else { return };
    let first = next.chars().next().unwrap_or(' ');
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let after_arrow = text.ends_with("->");
    let after_single_colon = text.ends_with(':') && !text.ends_with("::") && first != ':';
    let blank = match (last, first) {
        _ if after_arrow || after_single_colon => true,
        (_, '[' | '(') if text.ends_with("mut") || text.ends_with("const") || ends_with_lifetime(text) => {
            true
        }
        (',' | ';' | '+' | '=', _) | (_, '+' | '=') => true,
        ('-', '>') => false,
        (_, '-') => last != '<' && last != '[',
        (')' | ']' | '>' | '"', next) => word(next),
        (last, '"') => word(last),
        (last, next) => word(last) && (word(next) || next == '\''),
    };
    if blank && last != ' ' {
        text.push(' ');
    }
}

/// Whether the last word is a lifetime.
fn ends_with_lifetime(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    word.len() < text.len() && word.ends_with('\'')
}

#[cfg(test)]
mod tests {
    use super::type_text;

    #[track_caller]
    fn unchanged(written: &str) {
        let ty: syn::Type = syn::parse_str(written).expect("the type parses");
        assert_eq!(type_text(&ty), written);
    }

    #[test]
    fn types_read_as_they_are_written() {
        unchanged("u8");
        unchanged("std::collections::HashMap<String, Vec<u8>>");
        unchanged("[Vec<u8>; 4]");
        unchanged("[[u8; N]; { N + 1 }]");
        unchanged("&'static mut [u8]");
        unchanged("&'a [u8]");
        unchanged("&'static (dyn Send + Sync)");
        unchanged("*const u8");
        unchanged("*mut core::ffi::c_void");
        unchanged("(u8, Option<char>)");
        unchanged("Box<dyn Fn(u8) -> u8 + Send + 'static>");
        unchanged("unsafe extern \"C\" fn(*const u8, usize) -> i32");
        unchanged("for<'a> fn(&'a str) -> &'a str");
        unchanged("<T as Iterator>::Item");
        unchanged("::std::rc::Rc<Self>");
        unchanged("Foo<{ -1 }>");
        unchanged("Cow<'a, str>");
    }
}
