use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{File, ImplItem, Item, parse_quote};

use crate::parse::UnreadRoute;

/// The code for a handler whose route attribute the compiler does not know, and has reported. It
/// leaves out all that Rocket would have made, so the mistake stays one error.
pub(crate) fn unread_route(addition: TokenStream, route: UnreadRoute) -> TokenStream {
    let UnreadRoute {
        visibility,
        name,
        function,
    } = route;
    let Ok(File { items, .. }) = syn::parse2(addition) else {
        return function;
    };
    let has_type = items.iter().any(|item| matches!(item, Item::Struct(_)));
    let own_type = (!has_type).then(|| quote!(#[allow(nonstandard_style)] #visibility struct #name {}));
    let items = items.into_iter().filter_map(|item| match item {
        Item::Use(_) => None,
        Item::Impl(mut item) => {
            for member in &mut item.items {
                if let ImplItem::Fn(method) = member
                    && method.sig.ident == "route_info"
                {
                    method.block = parse_quote!({ loop {} });
                }
            }
            Some(item.into_token_stream())
        }
        other => Some(other.into_token_stream()),
    });
    quote!(#function #own_type #(#items)*)
}
