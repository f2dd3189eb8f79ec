//! The way of each macro, from tokens to tokens: parse → model → expand. Apart from the entry
//! points, so that tests can go it.
//!
//! `support` is the path of `auth_core::__private` in the crate that uses the macro.

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Diagnostics;
use crate::model::{RoleEnum, Statement};
use crate::parse::Word;
use crate::{expand, parse};

/// The way of the three attributes that state a decision.
pub(crate) fn decision(support: &TokenStream, word: Word, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let item = parse::item(word, item, &mut diagnostics);
    let statement = Statement::of(word, arguments, item.parameters(), &mut diagnostics);
    let item = expand::item(support, item, &statement);
    let errors = diagnostics.into_compile_errors();
    quote!(#errors #item)
}

/// The way of `#[after_route { … }]`.
pub(crate) fn after_route(addition: TokenStream, function: TokenStream) -> TokenStream {
    match parse::unread_route(&function) {
        Some(handler) => expand::unread_route(addition, handler),
        None => quote!(#function #addition),
    }
}

/// The way of `guarded_routes![…]`.
pub(crate) fn guarded_routes(support: &TokenStream, paths: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let paths = parse::routes(paths, &mut diagnostics);
    let routes = expand::routes(support, &paths);
    let errors = diagnostics.into_compile_errors();
    quote!({ #errors #routes })
}

/// The way of `#[derive(Role)]`.
pub(crate) fn role(support: &TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let written = parse::role_enum(item, &mut diagnostics);
    let role_enum = written.map(|written| RoleEnum::of(written, &mut diagnostics));
    let implementation = role_enum.map(|role_enum| expand::role_enum(support, &role_enum));
    let errors = diagnostics.into_compile_errors();
    quote!(#implementation #errors)
}
