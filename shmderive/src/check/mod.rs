//! The second stage: what is refused, with which words.
//!
//! Shapes (representation, unions, lifetimes, names) are judged here and now. Whether a field's type is `ShmSafe`
//! only the trait system knows: for each field this stage decides how it will be asked, and prepares the words
//! for the answer "no" from what the type's tokens suggest.

mod cures;
mod family;
mod known;
mod names;
mod shape;
mod suspect;
mod type_text;

use syn::visit::{self, Visit};
use syn::{Generics, Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeReference};

use crate::diag::Mistakes;
use crate::parse::{Body, Field, Input};
pub(crate) use known::{Known, known};

/// How a field's type is checked.
pub(crate) enum FieldCheck {
    /// The trait system decides, and nothing in the tokens suggests a "no": the words of `shmcore` for any field will do.
    Plain,
    /// The trait system decides; these are the words for "no".
    Ask(Wording),
    /// Refused by its form alone; the error is reported already and the type cannot be asserted.
    Refused,
}

/// Stands in a message for the type that the trait system has found behind the tokens.
pub(crate) const SELF: &str = "\u{1}";

/// The error for a field whose type is not `ShmSafe`.
pub(crate) struct Wording {
    /// Names the field, the part of its type that is to blame, and the cause.
    pub(crate) message: String,
    /// A few words under the type.
    pub(crate) label: &'static str,
    /// What to write instead.
    pub(crate) cure: String,
    /// Whether the type merely marks another one.
    pub(crate) is_about_marker: bool,
}

/// Judges the type. The result has one entry for each of [`Input::fields`], in their order.
pub(crate) fn check(input: &Input, mistakes: &mut Mistakes) -> Vec<FieldCheck> {
    shape::check(input, mistakes);
    names::check(input, mistakes);
    let mut checks = Vec::new();
    match &input.body {
        Body::Struct(fields) => {
            for field in fields {
                checks.push(check_field(input, field, None, mistakes));
            }
        }
        Body::Enum(variants) => {
            for variant in variants {
                for field in &variant.fields {
                    checks.push(check_field(input, field, Some(&variant.ident), mistakes));
                }
            }
        }
        Body::Union(_) => {}
    }
    checks
}

fn check_field(
    input: &Input,
    field: &Field,
    variant: Option<&syn::Ident>,
    mistakes: &mut Mistakes,
) -> FieldCheck {
    if known(&field.ty).is_some() {
        return FieldCheck::Plain;
    }
    if is_no_type(&field.ty) {
        mistakes.left_to_rustc();
        return FieldCheck::Refused;
    }
    let lifetime = borrowed(&field.ty, &input.generics);
    let wording = suspect::wording(field, variant, &input.ident);
    let marks_only = wording.as_ref().is_some_and(|(_, wording)| wording.is_about_marker);
    match (wording.filter(|_| !(marks_only && lifetime.is_some())), lifetime) {
        // The address is the mistake, and the lifetime only its sign.
        (Some((suspect::Certainty::OnlyIfNotShmSafe, wording)), None) => FieldCheck::Ask(wording),
        (Some((_, wording)), _) => {
            mistakes.on(&field.ty, format!("{}\ncure: {}", wording.message, wording.cure));
            FieldCheck::Refused
        }
        (None, Some(lifetime)) => {
            let (place, ty) = (suspect::place(field, variant), type_text::type_text(&field.ty));
            mistakes.on(
                &field.ty,
                format!(
                    "{place} cannot live in shared memory: `{ty}` borrows for `{lifetime}`, a lifetime of this \
                     process\ncure: own the value, and refer to other values by an index or a `heap::Handle<T>`"
                ),
            );
            FieldCheck::Refused
        }
        (None, None) if suspect::is_itself(&field.ty, &input.ident) => {
            let (place, ident) = (suspect::place(field, variant), &input.ident);
            mistakes.on(
                &field.ty,
                format!(
                    "{place} cannot live in shared memory: a value of `{ident}` cannot hold another `{ident}`\ncure: \
                     write `heap::Handle<{ident}>`, or the index of the other in an array"
                ),
            );
            FieldCheck::Refused
        }
        (None, None) => match suspect::general_wording(field, variant, input) {
            Some(wording) => FieldCheck::Ask(wording),
            None => FieldCheck::Plain,
        },
    }
}

/// Whether the type cannot stand in a declaration, `_` or `impl Trait`, which rustc says in its own words.
fn is_no_type(ty: &Type) -> bool {
    struct Finder {
        found: bool,
    }
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
            self.found = true;
        }
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.found = true;
        }
    }
    let mut finder = Finder { found: false };
    finder.visit_type(ty);
    finder.found
}

/// A lifetime of the type's own parameters, or one that is left out, in the type of a field.
fn borrowed(ty: &Type, generics: &Generics) -> Option<String> {
    struct Finder<'a> {
        generics: &'a Generics,
        found: Option<String>,
    }
    impl<'ast> Visit<'ast> for Finder<'_> {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            let declared = self.generics.lifetimes().any(|parameter| parameter.lifetime == *lifetime);
            if declared || lifetime.ident == "_" {
                self.found.get_or_insert(lifetime.to_string());
            }
        }
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            if reference.lifetime.is_none() {
                self.found.get_or_insert("'_".to_owned());
            }
            visit::visit_type_reference(self, reference);
        }
        fn visit_type_fn_ptr(&mut self, pointer: &'ast TypeFnPtr) {
            // What is left out here is a parameter of the function; what is named may be the type's.
            let mut inside = Finder { generics: self.generics, found: None };
            visit::visit_type_fn_ptr(&mut inside, pointer);
            self.found = self.found.take().or(inside.found.filter(|lifetime| lifetime != "'_"));
        }
        fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {
            // The same: `Fn(&u8)`.
        }
    }
    let mut finder = Finder { generics, found: None };
    finder.visit_type(ty);
    finder.found
}
