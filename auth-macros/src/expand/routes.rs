use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::at;

/// A `Vec<Route>`: each handler's route behind its decision.
///
/// A path is written once, so that a wrong one gives one error; all that belongs to it stands where its
/// last segment does, so that an error shows which of the list it is about. It stands there as if the user had written it:
/// where `#[launch]` has the list compiled twice, the compiler sees that the two errors are one.
pub(crate) fn routes(support: &TokenStream, paths: &[Path]) -> TokenStream {
    let routes = paths.iter().map(|path| {
        let span = path
            .segments
            .last()
            .map_or_else(Span::call_site, |last| last.ident.span());
        let support = at(span, support);
        quote_spanned!(span=> <#support::List as #support::Takes<_>>::route(#path {}))
    });
    quote! {{
        #[allow(clippy::absolute_paths)]
        let routes: ::std::vec::Vec<#support::rocket::Route> = ::std::vec![#(#routes),*];
        routes
    }}
}
