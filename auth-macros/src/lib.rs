//! The macros of `auth-core`, which re-exports them: depend on that crate, not on this one.
//!
//! Four attributes state who may use a handler: [`macro@require_role`], [`macro@authenticated`],
//! [`macro@public`] and [`macro@guarded_by`]. [`guarded_routes!`] mounts only handlers that state
//! it. [`derive@Role`] makes an enum the roles that rules name.
//!
//! Each macro works in three steps, one module each. `parse` reads the tokens and keeps their
//! spans, `model` checks what they mean, `expand` prints code and cannot fail. The steps collect
//! mistakes and report them together. The user's own item is in the output even then, so one
//! mistake does not become many.

#![allow(
    missing_docs,
    reason = "documented in `auth-core`, which re-exports them: their examples need that crate, and a macro crate that depends on \
              it in turn would have everything compiled twice"
)]

mod crate_path;
mod diagnostics;
mod driver;
mod expand;
mod guide_page;
mod model;
mod parse;
#[cfg(test)]
mod snapshots;

use proc_macro::{Literal, TokenStream, TokenTree};

use self::parse::Word;

#[proc_macro_attribute]
pub fn require_role(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::RequireRole, arguments, item)
}

#[proc_macro_attribute]
pub fn authenticated(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::Authenticated, arguments, item)
}

#[proc_macro_attribute]
pub fn public(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::Public, arguments, item)
}

#[proc_macro_attribute]
pub fn guarded_by(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decision(Word::GuardedBy, arguments, item)
}

#[proc_macro]
pub fn guarded_routes(paths: TokenStream) -> TokenStream {
    driver::guarded_routes(&crate_path::private(), paths.into()).into()
}

#[proc_macro_derive(Role, attributes(role))]
pub fn derive_role(item: TokenStream) -> TokenStream {
    driver::role(&crate_path::private(), item.into()).into()
}

/// Gives the function back with what stands in the arguments after it. Below Rocket's route
/// attribute, it adds nothing where Rocket refuses the function: Rocket gives back no function
/// then, and no attribute.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn after_route(addition: TokenStream, function: TokenStream) -> TokenStream {
    driver::after_route(addition.into(), function.into()).into()
}

/// Gives back its arguments, in place of the struct below. Around an associated function, rustc
/// refuses that struct in one error, and runs nothing for it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn outside_impl(items: TokenStream, _struct: TokenStream) -> TokenStream {
    items
}

/// The text of a page of the guide, for `auth_core::guide`. Its links are those of the
/// documentation.
#[doc(hidden)]
#[proc_macro]
pub fn guide_page(name: TokenStream) -> TokenStream {
    let name = name.to_string();
    match guide_page::read(name.trim_matches('"')) {
        Ok(page) => TokenTree::Literal(Literal::string(&page)).into(),
        Err(error) => {
            let problem = format!("compile_error!({:?})", format!("{name}: {error}"));
            problem.parse().unwrap_or_default()
        }
    }
}

fn decision(word: Word, arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::decision(&crate_path::private(), word, arguments.into(), item.into()).into()
}
