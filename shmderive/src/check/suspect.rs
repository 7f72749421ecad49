//! Reads a field's type for what is likely to be wrong with it.
//!
//! The walk is from the outside in. The first type of the table decides the words; one whose layout is merely not
//! fixed gives way to a worse one inside it, so that `Option<Vec<u8>>` is about the `Vec`.

use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Ident, Member, PathArguments, PathSegment, Type, TypePath};

use super::cures::{self, Entry};
use super::family::Family;
use super::type_text::type_text;
use super::{SELF, Wording};
use crate::parse::{Field, Input};

/// Whether the form of a type alone decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Certainty {
    /// The name suggests it, and the trait system decides.
    OnlyIfNotShmSafe,
    /// Nothing of this form can be a field: no size, or a reference without a lifetime.
    Definite,
}

/// A type that is likely to be the mistake.
struct Suspect {
    family: Family,
    /// The type as text.
    text: String,
    cure: &'static str,
    /// Its arguments as text: `{0}` and `{1}` of the cure.
    arguments: Vec<String>,
    certainty: Certainty,
    /// Whether it is the field's whole type, so that the cure can be written with the field's name.
    is_whole: bool,
}

/// The words for what the field's type suggests, if it suggests anything.
pub(super) fn wording(
    field: &Field,
    variant: Option<&Ident>,
    itself: &Ident,
) -> Option<(Certainty, Wording)> {
    let mut finder = Finder { itself, found: None, depth: 0 };
    finder.visit_type(&field.ty);
    let suspect = finder.found?;
    let place = place(field, variant);
    let (text, cause) = (&suspect.text, suspect.family.cause());
    let wording = Wording {
        message: format!("{place} cannot live in shared memory: `{text}` {cause}"),
        label: suspect.family.label(),
        cure: suspect.cure(&field.member),
        is_about_marker: suspect.family == Family::Marker,
    };
    Some((suspect.certainty, wording))
}

/// The words for a field of which the tokens suggest nothing, where those of `shmcore` for any field will not do: its type is
/// a parameter that `bound` leaves without the fact, or comes from a macro, which rustc takes for another one at each
/// question.
pub(super) fn general_wording(field: &Field, variant: Option<&Ident>, input: &Input) -> Option<Wording> {
    let mut parameters = input.generics.type_params().map(|parameter| &parameter.ident);
    let is_field =
        |parameter: &&Ident| matches!(&field.ty, Type::Path(path) if path.path.is_ident(*parameter));
    let cure = match parameters.find(is_field).filter(|_| input.attributes.bound.is_some()) {
        Some(parameter) => format!("write `#[shm(bound = \"{parameter}: ShmSafe\")]`, or no `bound` at all"),
        None if has_macro(&field.ty) => {
            "put `#[derive(ShmSafe)]` and `#[repr(C)]` on a type of your own; for one of std write its twin, such \
             as `ShmVec`, `ShmString`, `ShmMap`, `ShmMutex`, `ShmOption`, `heap::Handle`"
                .to_owned()
        }
        None => return None,
    };
    Some(Wording {
        message: format!("{} cannot live in shared memory: `{SELF}` is not `ShmSafe`", place(field, variant)),
        label: "not `ShmSafe`",
        cure,
        is_about_marker: false,
    })
}

/// Whether the type, or a part of it, is made by a macro.
fn has_macro(ty: &Type) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_macro(&mut self, _: &'ast syn::TypeMacro) {
            self.0 = true;
        }
    }
    let mut finder = Finder(false);
    finder.visit_type(ty);
    finder.0
}

/// "field `a`", "field `Variant.a`"
pub(super) fn place(field: &Field, variant: Option<&Ident>) -> String {
    let member = match &field.member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    match variant {
        Some(variant) => format!("field `{variant}.{member}`"),
        None => format!("field `{member}`"),
    }
}

impl Suspect {
    fn cure(&self, member: &Member) -> String {
        let name = match member {
            Member::Named(ident) if self.is_whole => format!("{ident}: "),
            _ => String::new(),
        };
        let argument = |index: usize, default: &str| {
            self.arguments.get(index).cloned().unwrap_or_else(|| default.to_owned())
        };
        self.cure.replace("{f}", &name).replace("{0}", &argument(0, "T")).replace("{1}", &argument(1, "E"))
    }
}

/// Walks a type from the outside in.
struct Finder<'a> {
    /// The name of the type that is declared.
    itself: &'a Ident,
    found: Option<Suspect>,
    depth: usize,
}

impl Finder<'_> {
    /// Keeps the suspect unless a better one was found.
    fn suspect(&mut self, suspect: Suspect) {
        let is_better = match &self.found {
            None => true,
            Some(found) => found.family == Family::LayoutNotFixed && suspect.family != Family::LayoutNotFixed,
        };
        if is_better {
            self.found = Some(suspect);
        }
    }

    fn form(&mut self, family: Family, ty: &Type, cure: &'static str, element: Option<&Type>) {
        self.suspect(Suspect {
            family,
            text: type_text(ty),
            cure,
            arguments: element.map(type_text).into_iter().collect(),
            certainty: Certainty::OnlyIfNotShmSafe,
            is_whole: self.depth == 0,
        });
    }

    fn reference(&mut self, ty: &Type, reference: &syn::TypeReference) {
        match &*reference.elem {
            Type::Slice(slice) => self.form(Family::Address, ty, cures::SLICE_REFERENCE, Some(&slice.elem)),
            Type::Path(path) if path.path.is_ident("str") => {
                self.form(Family::Address, ty, cures::STR_REFERENCE, None);
            }
            Type::TraitObject(_) => self.form(Family::Address, ty, cures::TRAIT_OBJECT, None),
            Type::Paren(paren) if matches!(*paren.elem, Type::TraitObject(_)) => {
                self.form(Family::Address, ty, cures::TRAIT_OBJECT, None);
            }
            target => self.form(Family::Address, ty, cures::POINTER, Some(target)),
        }
    }

    fn path(&mut self, ty: &Type, path: &TypePath) -> Descend {
        let Some(segment) = path.path.segments.last() else { return Descend::Yes };
        let name = segment.ident.unraw().to_string();
        let target = first_type(segment);
        if name == "PhantomData" {
            // It holds nothing, whatever it marks.
            if self.depth == 0 {
                self.form(Family::Marker, ty, cures::MARKER, target);
            }
            return Descend::No;
        }
        let Some(Entry { family, cure }) = cures::entry(&name) else { return Descend::Yes };
        let cure = match (name.as_str(), target) {
            ("Box" | "Rc" | "Arc", Some(Type::TraitObject(_))) => cures::TRAIT_OBJECT,
            ("Box" | "Rc" | "Arc", Some(Type::Path(path))) if path.path.is_ident("str") => {
                cures::STR_REFERENCE
            }
            ("Box" | "Rc" | "Arc", Some(Type::Slice(slice))) => {
                self.form(family, ty, cures::SLICE_REFERENCE, Some(&slice.elem));
                return Descend::Yes;
            }
            // The value itself would not end.
            ("Box" | "Rc" | "Arc", Some(target)) if is_itself(target, self.itself) => cures::POINTER,
            _ => cure,
        };
        self.suspect(Suspect {
            family,
            text: type_text(ty),
            cure,
            arguments: arguments(segment),
            // `RawFd` is another name of `i32`: the trait system would accept it.
            certainty: if name == "RawFd" { Certainty::Definite } else { Certainty::OnlyIfNotShmSafe },
            is_whole: self.depth == 0,
        });
        if path.path.is_ident("str") {
            self.definite();
        }
        Descend::Yes
    }

    /// Marks what was found at the outside as certain: rustc cannot even ask whether it is `ShmSafe`.
    fn definite(&mut self) {
        if let (0, Some(found)) = (self.depth, &mut self.found) {
            found.certainty = Certainty::Definite;
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            // Invisible or redundant delimiters are no level of their own.
            Type::Group(group) => return self.visit_type(&group.elem),
            Type::Paren(paren) => return self.visit_type(&paren.elem),
            Type::Reference(reference) => self.reference(ty, reference),
            Type::Ptr(pointer) => self.form(Family::Address, ty, cures::POINTER, Some(&pointer.elem)),
            Type::FnPtr(_) => self.form(Family::Address, ty, cures::FUNCTION, None),
            Type::TraitObject(_) => {
                self.form(Family::Address, ty, cures::TRAIT_OBJECT, None);
                self.definite();
            }
            Type::Slice(slice) => {
                self.form(Family::Unsized, ty, cures::SLICE, Some(&slice.elem));
                self.definite();
            }
            Type::Tuple(tuple) if !tuple.elems.is_empty() => {
                self.form(Family::LayoutNotFixed, ty, cures::TUPLE, None);
            }
            Type::Path(path) if self.path(ty, path) == Descend::No => return,
            _ => {}
        }
        self.depth += 1;
        visit::visit_type(self, ty);
        self.depth -= 1;
    }

    fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
        if reference.lifetime.is_none()
            && let Some(found) = &mut self.found
        {
            // A reference without a lifetime is no type that can be named again in an impl.
            found.certainty = Certainty::Definite;
        }
        visit::visit_type_reference(self, reference);
    }

    /// The inside of `fn(&str) -> &str` has lifetimes of its own; the pointer itself was the mistake.
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}

    /// What a trait object mentions is behind the object.
    fn visit_type_trait_object(&mut self, _: &'ast syn::TypeTraitObject) {}
}

/// Whether the parts of a type matter.
#[derive(PartialEq, Eq)]
enum Descend {
    Yes,
    No,
}

/// Whether the type is the one that is declared, or an array of it.
pub(super) fn is_itself(ty: &Type, ident: &Ident) -> bool {
    match ty {
        Type::Array(array) => is_itself(&array.elem, ident),
        Type::Group(group) => is_itself(&group.elem, ident),
        Type::Paren(paren) => is_itself(&paren.elem, ident),
        Type::Path(TypePath { path, qself: None, .. }) if path.segments.len() == 1 => {
            let name = &path.segments[0].ident;
            name == "Self" || name == ident
        }
        _ => false,
    }
}

/// The first type argument of `Name<…>`.
fn first_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The type arguments of `Name<…>` as text.
fn arguments(segment: &PathSegment) -> Vec<String> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(type_text(ty)),
        _ => None,
    });
    types.collect()
}

#[cfg(test)]
mod tests;
