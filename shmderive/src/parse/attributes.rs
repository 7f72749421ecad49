//! `#[shm(…)]` on a type, a field or a variant.
//!
//! An attribute that is not known, comes twice or stands in the wrong place is an error on its own tokens.

use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Path, Token, WherePredicate};

use crate::diag::Mistakes;

/// What stands in `#[shm(…)]` on the type.
pub(crate) struct TypeAttributes {
    /// The path of `shmcore`.
    pub(crate) krate: Path,
    pub(crate) name: LayoutName,
    /// The bounds that replace those of the derive.
    pub(crate) bound: Option<Punctuated<WherePredicate, Token![,]>>,
    /// Whether padding is an error.
    pub(crate) deny_padding: bool,
    /// Whether the type stands in a module without the prelude, where `#[diagnostic::…]` cannot be named.
    pub(crate) no_implicit_prelude: bool,
}

/// The name of a type, field or variant in its layout.
pub(crate) struct LayoutName {
    /// The name.
    pub(crate) value: String,
    /// The literal, if it was given by an attribute.
    pub(crate) given: Option<LitStr>,
}

impl TypeAttributes {
    pub(super) fn parse(attributes: &[Attribute], ident: &Ident, mistakes: &mut Mistakes) -> Self {
        let mut name = None;
        let mut krate = None;
        let mut bound = None;
        let mut deny_padding = None;
        let mut no_implicit_prelude = None;
        let known = "on a type takes `name`, `crate`, `bound`, `deny_padding` and `no_implicit_prelude`";
        for_each_setting(attributes, known, mistakes, |setting, mistakes| {
            let path = &setting.path;
            if path.is_ident("name") {
                set(&mut name, path, setting.value()?.parse::<LitStr>()?, mistakes);
            } else if path.is_ident("crate") {
                let literal: LitStr = setting.value()?.parse()?;
                let parsed = literal.parse_with(Path::parse_mod_style).map_err(|_| {
                    syn::Error::new(
                        literal.span(),
                        "`crate` is the path of `shmcore`\ncure: write `crate = \"::renamed\"`",
                    )
                })?;
                set(&mut krate, path, parsed, mistakes);
            } else if path.is_ident("bound") {
                let literal: LitStr = setting.value()?.parse()?;
                set(&mut bound, path, parse_bound(&literal)?, mistakes);
            } else if path.is_ident("deny_padding") {
                set(&mut deny_padding, path, (), mistakes);
            } else if path.is_ident("no_implicit_prelude") {
                set(&mut no_implicit_prelude, path, (), mistakes);
            } else {
                return Ok(Known::No);
            }
            Ok(Known::Yes)
        });
        Self {
            krate: krate.unwrap_or_else(|| syn::parse_quote!(::shmcore)),
            name: LayoutName::new(name, syn::ext::IdentExt::unraw(ident).to_string(), mistakes),
            bound,
            deny_padding: deny_padding.is_some(),
            no_implicit_prelude: no_implicit_prelude.is_some(),
        }
    }
}

impl LayoutName {
    /// Reads `#[shm(name = "…")]` on a field or a variant, whose name is `written` otherwise.
    pub(super) fn parse(attributes: &[Attribute], written: String, mistakes: &mut Mistakes) -> Self {
        let mut name = None;
        for_each_setting(
            attributes,
            "on a field or a variant takes `name`; the others belong on the type",
            mistakes,
            |setting, mistakes| {
                if !setting.path.is_ident("name") {
                    return Ok(Known::No);
                }
                set(&mut name, &setting.path, setting.value()?.parse::<LitStr>()?, mistakes);
                Ok(Known::Yes)
            },
        );
        Self::new(name, written, mistakes)
    }

    fn new(given: Option<LitStr>, written: String, mistakes: &mut Mistakes) -> Self {
        let Some(given) = given else {
            return Self { value: written, given: None };
        };
        if given.value().is_empty() {
            mistakes.on(&given, "the name must not be empty\ncure: give a name, or remove the attribute");
        }
        Self { value: given.value(), given: Some(given) }
    }
}

/// Whether a setting has a meaning where it stands.
enum Known {
    Yes,
    No,
}

/// Calls `read` for each setting of each `#[shm(…)]`, and reports those that it does not know.
fn for_each_setting(
    attributes: &[Attribute],
    known: &str,
    mistakes: &mut Mistakes,
    mut read: impl FnMut(&ParseNestedMeta<'_>, &mut Mistakes) -> syn::Result<Known>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("shm")) {
        let parsed = attribute.parse_nested_meta(|setting| {
            if let Known::No = read(&setting, mistakes)? {
                let path = &setting.path;
                let name = quote::quote!(#path).to_string();
                mistakes.on(path, format!("unknown attribute `{name}`\ncure: `#[shm(…)]` {known}"));
                skip_value(&setting)?;
            }
            Ok(())
        });
        match parsed {
            Ok(()) => {}
            Err(error) if error.to_string().contains("cure: ") => mistakes.add(error),
            Err(error) => {
                let message = format!("{error}\ncure: `#[shm(…)]` {known}");
                mistakes.add(syn::Error::new(error.span(), message));
            }
        }
    }
}

/// Consumes what follows the name of an unknown setting, so that the next one can be read.
fn skip_value(setting: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if setting.input.peek(Token![=]) {
        setting.value()?.parse::<syn::Expr>()?;
    } else if setting.input.peek(syn::token::Paren) {
        let inside;
        syn::parenthesized!(inside in setting.input);
        inside.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

/// Stores a setting, and reports one that comes twice.
fn set<T>(slot: &mut Option<T>, path: &Path, value: T, mistakes: &mut Mistakes) {
    if slot.is_some() {
        let name = quote::quote!(#path).to_string();
        mistakes.on(path, format!("`{name}` is given twice\ncure: keep one of the two"));
    }
    *slot = Some(value);
}

fn parse_bound(literal: &LitStr) -> syn::Result<Punctuated<WherePredicate, Token![,]>> {
    let parser = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
    let parsed = literal.parse::<proc_macro2::TokenStream>().and_then(|tokens| parser.parse2(tokens));
    parsed.map_err(|error| {
        let message = format!(
            "`bound` takes the predicates of a `where` clause: {error}\ncure: write `bound = \"T: Send\"`"
        );
        syn::Error::new(literal.span(), message)
    })
}
