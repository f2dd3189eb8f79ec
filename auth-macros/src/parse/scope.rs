use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, LitInt, Meta, Token, Type};

use crate::diagnostics::Diagnostics;

/// Where the roles of an enum hold.
pub(crate) struct Scope {
    /// The type of the path parameter.
    pub(crate) ty: Type,
    /// Whether a user without any of the roles gets 404.
    pub(crate) hidden: bool,
}

pub(super) const FORM: &str = "`#[role(within = OrgId)]` above the enum, with the type of the path parameter, and `stranger = 403` beside it \
                               if users without a role there get 403 instead of 404";

/// What `#[role(…)]` on the enum says; `None` for roles of the application.
pub(super) fn of(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Option<Scope> {
    let mut scope = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("role")) {
        let read = diagnostics.keep(read(attribute));
        if scope.is_some() {
            diagnostics.error(
                attribute,
                "an enum of roles has one scope: write `#[role(…)]` above it once",
            );
        }
        scope = scope.or(read);
    }
    scope
}

fn read(attribute: &Attribute) -> syn::Result<Scope> {
    let write =
        |tokens: &dyn quote::ToTokens| syn::Error::new_spanned(tokens.to_token_stream(), format!("write {FORM}"));
    let Meta::List(list) = &attribute.meta else {
        return Err(write(attribute));
    };
    let inside = |input: ParseStream<'_>| {
        let (mut ty, mut stranger) = (None, None);
        while !input.is_empty() {
            let word: Ident = input
                .parse()
                .map_err(|_| syn::Error::new(input.span(), format!("write {FORM}")))?;
            if word == "includes" {
                let message = "`includes(…)` belongs on a variant: write `#[role(includes(Editor))] Admin`";
                return Err(syn::Error::new_spanned(attribute, message));
            }
            if word != "within" && word != "stranger" {
                let message = format!("unknown word `{word}` in `#[role(…)]` above an enum: write {FORM}");
                return Err(syn::Error::new_spanned(&word, message));
            }
            input.parse::<Token![=]>().map_err(|_| write(&word))?;
            if word == "within" {
                ty = Some(scope_type(input)?);
            } else {
                stranger = Some(is_hidden(&word, input)?);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let Some(ty) = ty else {
            let message = format!("`#[role(…)]` above an enum says where its roles hold: write {FORM}");
            return Err(syn::Error::new_spanned(attribute, message));
        };
        Ok(Scope {
            ty,
            hidden: stranger.unwrap_or(true),
        })
    };
    inside.parse2(list.tokens.clone())
}

fn scope_type(input: ParseStream<'_>) -> syn::Result<Type> {
    let span = input.span();
    let ty = input
        .parse()
        .map_err(|_| syn::Error::new(span, format!("write {FORM}")))?;
    match ty {
        ty @ (Type::Path(_) | Type::Macro(_)) => Ok(ty),
        Type::Group(group) => Ok(*group.elem),
        Type::Reference(reference) => Err(syn::Error::new_spanned(
            reference,
            "the id of a scope is owned: write `within = String` instead of a reference",
        )),
        _ => Err(syn::Error::new(span, format!("write {FORM}"))),
    }
}

fn is_hidden(word: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    let status: LitInt = input.parse().map_err(|_| {
        syn::Error::new_spanned(
            word,
            "`stranger` is a status: write `stranger = 403` or `stranger = 404`",
        )
    })?;
    match status.base10_digits() {
        "403" => Ok(false),
        "404" => Ok(true),
        _ => Err(syn::Error::new_spanned(
            status,
            "a stranger gets 404 as if there were nothing, or 403: write `stranger = 403`, or leave it out for 404",
        )),
    }
}
