//! The names of what the output declares, chosen so that the user's tokens, which stand beside them, never mean them.
//!
//! Variables are hygienic: their names have the span of the macro's definition. Items are not, so their names must
//! be names that the type does not mention.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident};
use syn::DeriveInput;

/// The names of the traits that ask the fields.
pub(crate) struct Names {
    /// Behind every name, as long as it must be.
    suffix: String,
}

impl Names {
    /// Names that `input` does not mention anywhere, not even in a literal, which may hold a path:
    /// `#[shm(crate = "…")]`, `#[shm(bound = "…")]`.
    pub(crate) fn free_in(input: &DeriveInput) -> Self {
        let text = input.to_token_stream().to_string();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let taken: Vec<&str> = words.filter(|word| word.starts_with("Shm")).collect();
        let mut suffix = String::new();
        while taken.iter().any(|taken| is_ours(taken, &suffix)) {
            suffix.push('_');
        }
        Self { suffix }
    }

    /// The trait whose constants are the answers of the fields that are asked in words of their own.
    pub(super) fn fields(&self) -> Ident {
        format_ident!("ShmFields{}", self.suffix)
    }

    /// The trait that asks the field with this number.
    pub(super) fn question(&self, index: usize) -> Ident {
        format_ident!("ShmSafe{index}{}", self.suffix)
    }
}

/// Whether [`Names`] with this suffix has the name.
fn is_ours(name: &str, suffix: &str) -> bool {
    let Some(name) = name.strip_suffix(suffix) else { return false };
    let number = name.strip_prefix("ShmSafe").or_else(|| name.strip_prefix("shm_layout"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The name of a variable.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The name of the variable with this number.
pub(super) fn numbered(name: &str, index: usize) -> Ident {
    Ident::new(&format!("{name}{index}"), Span::mixed_site())
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[track_caller]
    fn suffix(source: &str) -> String {
        Names::free_in(&syn::parse_str(source).expect("the type parses")).suffix
    }

    #[test]
    fn names_are_plain_where_the_type_does_not_mention_them() {
        assert_eq!(suffix("#[derive(ShmSafe)] struct A { a: ShmSafe, b: ShmSafeX }"), "");
    }

    #[test]
    fn names_that_the_type_mentions_are_avoided() {
        assert_eq!(suffix("struct A { a: ShmSafe1 }"), "_");
        assert_eq!(suffix("struct A { a: [ShmSafe0; 4], b: ShmSafe7_ }"), "__");
        assert_eq!(suffix("#[shm(crate = \"ShmSafe0\")] struct A { a: u8 }"), "_");
    }
}
