//! Meaning → tokens. Nothing here can fail, and nothing here decides: the code names a type or a
//! function of `auth_core::__private` that does.

mod decision;
mod guard;
mod handler;
mod hierarchy;
mod lifetimes;
mod parameters;
mod policy;
mod role_enum;
mod scoped;
mod tokens;
mod unread;

use proc_macro2::TokenStream;

use crate::model::Statement;
use crate::parse::Item;

pub(crate) use handler::routes;
pub(crate) use role_enum::role_enum;
pub(crate) use unread::unread_route;

/// The item below an attribute, with what its attribute states. `support` is the path of
/// `__private`.
pub(crate) fn item(support: &TokenStream, item: Item, statement: &Statement) -> TokenStream {
    match item {
        Item::Handler(item) => handler::expand(support, &item, statement),
        Item::Guard(item) => guard::expand(support, &item, statement),
        Item::Other(tokens) => tokens,
    }
}
