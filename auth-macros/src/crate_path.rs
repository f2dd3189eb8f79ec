//! Where `auth-core` is to be found in the crate that uses a macro.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

/// The absolute path of `auth_core::__private`, under the name the user's `Cargo.toml` gives to
/// `auth-core`: with `auth = { package = "auth-core" }` it is `::auth::__private`.
///
/// Falls back to `::auth_core` inside `auth-core` itself (which has `extern crate self as
/// auth_core`). It does so too if there is no manifest to read, because another build system runs
/// the compiler.
pub(crate) fn private() -> TokenStream {
    let name = match crate_name("auth-core") {
        Ok(FoundCrate::Name(name)) => name,
        Ok(FoundCrate::Itself) | Err(_) => String::from("auth_core"),
    };
    match syn::parse_str::<Ident>(&name) {
        Ok(name) => quote!(::#name::__private),
        Err(_) => quote!(::auth_core::__private),
    }
}
