use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, GenericParam, Index, ItemStruct, Lifetime, Member, Type};

use super::Word;
use crate::diagnostics::Diagnostics;

/// A struct that becomes a request guard.
pub(crate) struct Guard {
    pub(crate) item: ItemStruct,
    /// Its lifetime, if it has one: how long it borrows from the request.
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) fields: Vec<GuardField>,
}

/// A field, which is itself a request guard.
pub(crate) struct GuardField {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// Its `#[cfg(…)]`s, which the code that fills the field has to repeat.
    pub(crate) cfgs: Vec<Attribute>,
}

/// Reads a guard struct; gives back as tokens what cannot be one, which is reported.
pub(super) fn parse(word: Word, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Result<Guard, TokenStream> {
    let Some(item) = diagnostics.keep(syn::parse2::<ItemStruct>(tokens.clone())) else {
        return Err(tokens);
    };

    if word == Word::Public {
        diagnostics.error_at(
            Span::call_site(),
            "`#[public]` stands on a struct, but a request guard that lets every request pass guards nothing: \
             write it above the `#[get(…)]` of a handler",
        );
    }

    if word == Word::GuardedBy {
        diagnostics.error_at(
            Span::call_site(),
            "`#[guarded_by]` stands on a struct: write it above the `#[get(…)]` of a handler; a guard struct takes another \
             guard as a field",
        );
    }

    let mut lifetime = None;
    for parameter in &item.generics.params {
        match parameter {
            GenericParam::Lifetime(parameter) if lifetime.is_none() => {
                lifetime = Some(parameter.lifetime.clone());
            }
            GenericParam::Lifetime(_) => diagnostics.error(
                parameter,
                "a request guard borrows from one request: keep one lifetime, as in `struct Editor<'r>(&'r User<YourRole>)`",
            ),
            GenericParam::Type(_) | GenericParam::Const(_) => diagnostics.error(
                parameter,
                "a request guard with an access decision is not generic: write the type itself, \
                 as in `struct Editor(User<YourRole>)`",
            ),
        }
    }
    let parameters = item.generics.params.len();
    if parameters > usize::from(lifetime.is_some()) {
        return Err(item.into_token_stream());
    }

    let fields = item
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| GuardField {
            member: match &field.ident {
                Some(name) => Member::Named(name.clone()),
                None => Member::Unnamed(Index::from(index)),
            },
            ty: field.ty.clone(),
            cfgs: cfgs(&field.attrs),
        })
        .collect();
    Ok(Guard { item, lifetime, fields })
}

/// The `#[cfg(…)]`s among `attributes`.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .cloned()
        .collect()
}
