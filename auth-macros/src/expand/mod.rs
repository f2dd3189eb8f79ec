//! Meaning → tokens. Nothing here can fail, and nothing here decides: the code names a type or a function
//! of `auth_core::macro_support` that does.

mod decision;
mod guard;
mod handler;
mod role_enum;
mod routes;

use proc_macro2::TokenStream;

pub(crate) use role_enum::role_enum;
pub(crate) use routes::routes;

use crate::model::Decision;
use crate::parse::Item;

/// The item below an attribute, guarded by `decision`. `support` is the path of `macro_support`.
pub(crate) fn item(support: &TokenStream, item: Item, decision: &Decision) -> TokenStream {
    match item {
        Item::Handler(item) => handler::expand(support, &item, decision),
        Item::Guard(item) => guard::expand(support, &item, decision),
        Item::Other(tokens) => tokens,
    }
}
