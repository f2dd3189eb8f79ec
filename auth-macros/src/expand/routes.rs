use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::at;

/// A `Vec<Route>`: each handler's route behind its decision.
///
/// A path is written once, so that a wrong one gives one error; all that belongs to it stands where its
/// last segment does, so that an error shows which of the list it is about.
pub(crate) fn routes(support: &TokenStream, paths: &[Path]) -> TokenStream {
    let routes = paths.iter().map(|path| {
        let name = path
            .segments
            .last()
            .map_or_else(Span::call_site, |last| last.ident.span());
        let span = Span::mixed_site().located_at(name);
        let support = at(span, support);
        quote_spanned!(span=> #support::listed(#path {}))
    });
    quote! {{
        let routes: ::std::vec::Vec<#support::rocket::Route> = ::std::vec![#(#routes),*];
        routes
    }}
}
