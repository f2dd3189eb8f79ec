use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Attribute;
use syn::ext::IdentExt;

use super::{allow_deprecated, decision};
use crate::model::{Decision, Statement};
use crate::parse::{Handler, RoutePlace};

/// The handler behind its decision.
///
/// ```text
/// impl AccessRule for stats { … }
///
/// struct stats {}                               // what `routes![stats]` names
/// impl stats {
///     fn into_route(self) -> Route { guarded_route::<stats>("stats", __unguarded_stats {}.into_info()) }
/// }
/// use a_handler_runs_only_for_a_request as stats; // what is said to whoever calls it
/// use rocket_uri_macro___unguarded_stats as rocket_uri_macro_stats;
///
/// #[get("/stats")]                              // Rocket makes a type of the function's name, and a macro for `uri!`
/// async fn __unguarded_stats(user: &User<AppRole>) -> Json<Stats> { … }
/// ```
///
/// The decision is no parameter of the function: what Rocket writes for each request guard takes the compiler longer than all
/// that is generated here.
pub(crate) fn expand(support: &TokenStream, handler: &Handler, statement: &Statement) -> TokenStream {
    let rule = rule(support, handler, statement);
    let function = match (handler.route, &statement.decision) {
        (RoutePlace::Below, Decision::Authenticated | Decision::Rule(_)) => guarded(support, handler),
        // Nobody is turned away by `public`, and where Rocket has read the function already, its type is there.
        _ => plain(handler),
    };
    let stand_in = match handler.route {
        RoutePlace::Nowhere => stand_in(support, handler),
        RoutePlace::Below | RoutePlace::Above => TokenStream::new(),
    };
    quote!(#rule #stand_in #function)
}

/// `impl AccessRule for handler`.
fn rule(support: &TokenStream, handler: &Handler, statement: &Statement) -> TokenStream {
    let name = &handler.signature.ident;
    let members = decision::members(support, statement);
    let cfgs = cfgs(handler);
    let allow = allow_deprecated(&handler.attributes);
    quote! {
        #(#cfgs)*
        #allow
        #[automatically_derived]
        impl #support::AccessRule for #name {
            #members
        }
    }
}

/// The conditions of the handler: where it is not compiled, neither is what belongs to it.
fn cfgs(handler: &Handler) -> impl Iterator<Item = &Attribute> {
    let attributes = handler.attributes.iter();
    attributes.filter(|attribute| attribute.path().is_ident("cfg"))
}

/// The handler's type, whose route is behind the decision, and the function under another name, which only that type knows.
fn guarded(support: &TokenStream, handler: &Handler) -> TokenStream {
    let Handler {
        attributes,
        visibility,
        signature,
        body,
        ..
    } = handler;
    let name = &signature.ident;
    let text = name.unraw().to_string();
    let inner = format_ident!("__unguarded_{text}", span = name.span());
    // Rocket's `uri!` looks for a macro of this name beside the handler.
    let (uri, inner_uri) = (
        format_ident!("rocket_uri_macro_{text}", span = name.span()),
        format_ident!("rocket_uri_macro_{inner}", span = name.span()),
    );
    let cfgs: Vec<_> = cfgs(handler).collect();
    let allow_deprecated = allow_deprecated(attributes);
    // Who uses the handler uses its type.
    let deprecated = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("deprecated"));
    // Underscores in the middle of a name are not of good style, wherever they come from.
    let allow_underscores = text.starts_with('_').then(|| quote!(#[allow(non_snake_case)]));
    let mut signature = signature.clone();
    signature.ident = inner.clone();
    quote! {
        #(#cfgs)*
        #(#deprecated)*
        #[doc(hidden)]
        #[allow(nonstandard_style)]
        #visibility struct #name {}

        #(#cfgs)*
        #allow_deprecated
        #[automatically_derived]
        impl #name {
            #[doc(hidden)]
            pub fn into_route(self) -> #support::rocket::Route {
                #support::guarded_route::<#name>(#text, #inner {}.into_info())
            }
        }

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(unused_imports)]
        #visibility use #support::a_handler_runs_only_for_a_request as #name;

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub use #inner_uri as #uri;

        #allow_underscores
        #(#attributes)*
        #signature #body
    }
}

/// The function as it was.
fn plain(handler: &Handler) -> TokenStream {
    let Handler {
        attributes,
        visibility,
        signature,
        body,
        ..
    } = handler;
    quote!(#(#attributes)* #visibility #signature #body)
}

/// What Rocket would have made of the function if it were a handler, so that `guarded_routes![…]` does
/// not complain as well. It never runs: the missing route attribute is an error already.
fn stand_in(support: &TokenStream, handler: &Handler) -> TokenStream {
    let Handler {
        visibility, signature, ..
    } = handler;
    let name = &signature.ident;
    quote! {
        #[doc(hidden)]
        #[allow(nonstandard_style, dead_code)]
        #visibility struct #name {}
        #[allow(dead_code)]
        impl #name {
            #[doc(hidden)]
            pub fn into_route(self) -> #support::rocket::Route {
                loop {}
            }
        }
    }
}
