use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Fields, Ident, Item, Meta, Path, Token, Variant};

use super::list;
use super::scope::{self, Scope};
use crate::diagnostics::Diagnostics;

/// An enum of roles as written.
pub(crate) struct WrittenRoles {
    pub(crate) ident: Ident,
    /// Where the roles hold, by `#[role(within = …)]`; `None` for roles of the application.
    pub(crate) scope: Option<Scope>,
    pub(crate) variants: Vec<RoleVariant>,
    /// Whether `as` makes a number of a variant; not so when one has data, which is reported.
    pub(crate) castable: bool,
}

/// One role, as written.
pub(crate) struct RoleVariant {
    pub(crate) ident: Ident,
    /// The variants named in its `#[role(includes(…))]`.
    pub(crate) includes: Vec<Ident>,
    pub(crate) deprecated: bool,
}

/// How many roles fit in a set: one bit each in a `u64`.
const MOST_ROLES: usize = 64;

/// Reads the enum under `#[derive(Role)]`; `None` if it is not an enum that could be one of roles.
///
/// Wrong parts of an enum are reported and left out.
pub(crate) fn role_enum(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<WrittenRoles> {
    let item = match diagnostics.keep(syn::parse2::<Item>(tokens))? {
        Item::Enum(item) => item,
        Item::Struct(item) => {
            diagnostics.error(item.struct_token, NOT_AN_ENUM);
            return None;
        }
        Item::Union(item) => {
            diagnostics.error(item.union_token, NOT_AN_ENUM);
            return None;
        }
        other => {
            diagnostics.error(other, NOT_AN_ENUM);
            return None;
        }
    };
    if !item.generics.params.is_empty() {
        diagnostics.error(
            &item.generics,
            format!("a role enum is not generic: write `enum {}`", item.ident),
        );
        return None;
    }
    let scope = scope::of(&item.attrs, diagnostics);
    if item.variants.is_empty() {
        diagnostics.error(
            &item.ident,
            format!(
                "a role enum has at least one role: write `enum {} {{ Admin, Editor }}`",
                item.ident
            ),
        );
    }
    if let Some(variant) = item.variants.iter().nth(MOST_ROLES) {
        let count = item.variants.len();
        diagnostics.error(
            variant,
            format!(
                "a role enum has at most {MOST_ROLES} roles, and this is number {} of {count}: remove roles, or merge some",
                MOST_ROLES + 1
            ),
        );
    }

    let castable = item
        .variants
        .iter()
        .all(|variant| matches!(variant.fields, Fields::Unit));
    let variants = item.variants.iter().map(|item| variant(item, diagnostics)).collect();
    Some(WrittenRoles {
        ident: item.ident,
        scope,
        variants,
        castable,
    })
}

const NOT_AN_ENUM: &str = "roles are the variants of an enum: write `enum AppRole { Admin, Editor }`";

fn variant(item: &Variant, diagnostics: &mut Diagnostics) -> RoleVariant {
    if !matches!(item.fields, Fields::Unit) {
        diagnostics.error(
            &item.fields,
            format!("a role is a name without data: write `{}`", item.ident),
        );
    }
    let mut includes = Vec::new();
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("role")) {
        match role_attribute(attribute) {
            Ok(parts) => includes.extend(parts.into_iter().filter_map(|part| included(part, diagnostics))),
            Err(error) => {
                diagnostics.keep::<()>(Err(error));
            }
        }
    }
    let deprecated = item
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"));
    RoleVariant {
        ident: item.ident.clone(),
        includes,
        deprecated,
    }
}

const FORM: &str = "write `#[role(includes(Editor, Viewer))]`, naming the variants this role includes";

/// The parts of the list in `#[role(includes(…))]`.
fn role_attribute(attribute: &Attribute) -> syn::Result<Vec<TokenStream>> {
    let Meta::List(list) = &attribute.meta else {
        return Err(syn::Error::new_spanned(attribute, FORM));
    };
    let inside = |input: ParseStream<'_>| {
        let word: Path = input
            .call(Path::parse_mod_style)
            .map_err(|_| syn::Error::new(input.span(), FORM))?;
        if !word.is_ident("includes") {
            let name = word.to_token_stream();
            if word.is_ident("within") || word.is_ident("stranger") {
                return Err(syn::Error::new_spanned(
                    &word,
                    format!("`{name}` is said of the whole enum: write {}", scope::FORM),
                ));
            }
            return Err(syn::Error::new_spanned(
                &word,
                format!("unknown word `{name}` in `#[role(…)]`: {FORM}"),
            ));
        }
        if !input.peek(syn::token::Paren) {
            return Err(syn::Error::new_spanned(&word, FORM));
        }
        let content;
        let parenthesis = syn::parenthesized!(content in input);
        let names: TokenStream = content.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error(FORM));
        }
        if names.is_empty() {
            return Err(syn::Error::new(parenthesis.span.join(), FORM));
        }
        Ok(list::split(names))
    };
    inside.parse2(list.tokens.clone())
}

/// The variant named in an `includes` list.
fn included(part: TokenStream, diagnostics: &mut Diagnostics) -> Option<Ident> {
    if let Ok(ident) = syn::parse2::<Ident>(part.clone()) {
        return Some(ident);
    }
    let message = match syn::parse2::<Path>(part.clone()) {
        Ok(path) => match path.segments.last() {
            Some(last) => format!("write the variant alone: `{}`", last.ident),
            None => FORM.to_owned(),
        },
        Err(_) => FORM.to_owned(),
    };
    diagnostics.error(part, message);
    None
}
