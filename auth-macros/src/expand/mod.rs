//! Meaning → tokens. Nothing here can fail, and nothing here decides: the code names a type or a function
//! of `auth_core::macro_support` that does.

mod asked;
mod decision;
mod guard;
mod handler;
mod hierarchy;
mod lifetimes;
mod policy;
mod role_enum;
mod routes;
mod unread;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Attribute;

pub(crate) use role_enum::role_enum;
pub(crate) use routes::routes;
pub(crate) use unread::unread_route;

use crate::model::Statement;
use crate::parse::Item;

/// The item below an attribute, with what its attribute states. `support` is the path of `macro_support`.
pub(crate) fn item(support: &TokenStream, item: Item, statement: &Statement) -> TokenStream {
    match item {
        Item::Handler(item) => handler::expand(support, &item, statement),
        Item::Guard(item) => guard::expand(support, &item, statement),
        Item::Other(tokens) => tokens,
    }
}

/// `#[allow(deprecated)]` if the item is deprecated itself: the code that goes with it is no further use of it.
fn allow_deprecated(attributes: &[Attribute]) -> Option<TokenStream> {
    let deprecated = attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"));
    deprecated.then(|| quote!(#[allow(deprecated)]))
}

/// The same tokens, as if they stood at `span`.
fn at(span: Span, tokens: &TokenStream) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    moved.collect()
}
