use std::hash::{DefaultHasher, Hash, Hasher};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Ident, Pat, Path, Signature};

use super::tokens::{allow_deprecated, at};
use super::{decision, lifetimes, parameters, scoped};
use crate::model::{Decision, Statement};
use crate::parse::{Handler, RoutePlace};

/// The handler and, apart from it, its route behind the decision.
///
/// ```text
/// /// What stands in the source, without the route attribute.
/// async fn stats(user: &User<AppRole>) -> Json<Stats> { … }
///
/// // All that follows stands in `#[outside_impl { … }] struct stats {}`, which gives it back.
/// #[get("/stats")]                            // Rocket makes a type of the name below, and a macro for `uri!`
/// #[after_route {                             // adds this, unless Rocket refuses the function
///     struct stats {}                         // what `guarded_routes![stats]` and `routes![stats]` name
///     impl AccessRule for stats { … }
///     impl DecidedHandler for stats { … }     // gives what Rocket made of `__route_stats_…`
///     impl stats { fn into_route(self) -> Route { unlisted(self) } }
///     use rocket_uri_macro___route_stats_… as rocket_uri_macro_stats;
/// }]
/// async fn __route_stats_…(user: &User<AppRole>) -> Json<Stats> { stats(user).await }
/// ```
///
/// The decision is no parameter of the function: what Rocket writes for each request guard takes
/// the compiler longer than all that is generated here.
pub(crate) fn expand(support: &TokenStream, handler: &Handler, statement: &Statement) -> TokenStream {
    match (handler.route, &statement.decision) {
        // `public` turns no request away: Rocket's own route is behind its decision.
        (RoutePlace::Below(index), Decision::Public { .. }) => public(support, handler, index, statement),
        (RoutePlace::Below(index), _) => guarded(support, handler, index, statement),
        (RoutePlace::Above, _) => {
            let implementation = implementation(support, handler, statement, &quote!(self.into_info()));
            let function = function(&handler.attributes, handler);
            quote!(#implementation #function)
        }
        (RoutePlace::Nowhere, _) => {
            // What a handler would have, so that `guarded_routes![…]` does not complain as well.
            let route = route_type(support, handler);
            let implementation = implementation(support, handler, statement, &quote!(loop {}));
            let function = function(&handler.attributes, handler);
            quote!(#route #implementation #function)
        }
    }
}

fn public(support: &TokenStream, handler: &Handler, index: usize, statement: &Statement) -> TokenStream {
    let implementation = implementation(support, handler, statement, &quote!(self.into_info()));
    let (above, below) = handler.attributes.split_at(index + 1);
    let function = function(below, handler);
    let handler_and_route = quote! {
        #(#above)*
        #[#support::after_route { #implementation }]
        #function
    };
    outside_impl(support, handler, &handler_and_route)
}

/// The items where a module or a block may hold them. In an `impl`, rustc would refuse each of
/// them.
fn outside_impl(support: &TokenStream, handler: &Handler, items: &TokenStream) -> TokenStream {
    let name = &handler.signature.ident;
    let refused = quote_spanned!(name.span()=> struct #name {});
    quote!(#[#support::outside_impl { #items }] #refused)
}

fn guarded(support: &TokenStream, handler: &Handler, index: usize, statement: &Statement) -> TokenStream {
    let name = &handler.signature.ident;
    let text = name.unraw().to_string();
    let mut attributes = handler.attributes.clone();
    let route_attribute = attributes.remove(index);
    // Unlike the name of a handler in a scope around this one, which the import below would find
    // too.
    let routed = format_ident!("__route_{text}_{:08x}", hash(&route_attribute), span = name.span());
    // Rocket's `uri!` looks for a macro of this name beside the handler.
    let (uri, routed_uri) = (
        format_ident!("rocket_uri_macro_{text}", span = name.span()),
        format_ident!("rocket_uri_macro_{routed}", span = name.span()),
    );
    let cfgs: Vec<_> = cfgs(handler).collect();
    let function = function(&attributes, handler);
    let route = route_type(support, handler);
    let info = quote!(#routed {}.into_info());
    // What Rocket checks at launch for a guard among the parameters.
    let info = match &statement.decision {
        Decision::Guard(guard) => {
            let guard = lifetimes::for_ever(guard);
            quote! {
                let mut info = #info;
                info.sentinels.push(#support::rocket::sentinel::resolve!(#guard));
                info
            }
        }
        _ => info,
    };
    let implementation = implementation(support, handler, statement, &info);
    let mut signature = Signature {
        ident: routed,
        ..plain_parameters(&handler.signature)
    };
    let withins = scoped::open_withins(support, handler, statement, &mut signature);
    let (alias, call) = call(handler, &withins);
    let routed = quote! {
        #alias

        #(#cfgs)*
        // Each lint has spoken of the function above. Not `unused`: of a function that may be
        // unused, all it calls is used.
        #[doc(hidden)]
        #[allow(deprecated, nonstandard_style, future_incompatible, rust_2018_idioms, single_use_lifetimes, unused_lifetimes,
            unused_qualifications, impl_trait_redundant_captures, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        #route_attribute
        #[#support::after_route {
            #route
            #implementation
            #[doc(hidden)]
            #[allow(unused_imports, clippy::pub_use)]
            pub use #routed_uri as #uri;
        }]
        #signature { #call }
    };
    let items = outside_impl(support, handler, &routed);
    quote!(#function #items)
}

/// The same for the same tokens in every build.
fn hash(route: &Attribute) -> u32 {
    let mut hasher = DefaultHasher::new();
    for token in route.meta.to_token_stream() {
        token.to_string().hash(&mut hasher);
    }
    u32::try_from(hasher.finish() >> 32).unwrap_or_default()
}

/// The type of the handler's name, of which Rocket's `routes!` and our `guarded_routes!` make a
/// route.
fn route_type(support: &TokenStream, handler: &Handler) -> TokenStream {
    let (name, visibility) = (&handler.signature.ident, &handler.visibility);
    let allow_deprecated = allow_deprecated(&handler.attributes);
    // Listing a deprecated handler is a use of it.
    let deprecated = handler
        .attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("deprecated"));
    quote! {
        #(#deprecated)*
        #[doc(hidden)]
        #[allow(nonstandard_style)]
        #visibility struct #name {}

        #allow_deprecated
        #[automatically_derived]
        impl #name {
            #[doc(hidden)]
            pub fn into_route(self) -> #support::rocket::Route {
                #support::unlisted(self)
            }
        }
    }
}

/// The decision, for the type of the handler's name, and with it what Rocket's route is made of.
fn implementation(
    support: &TokenStream,
    handler: &Handler,
    statement: &Statement,
    route_info: &TokenStream,
) -> TokenStream {
    let name = &handler.signature.ident;
    let text = name.to_string();
    let members = decision::members(support, statement);
    let parameters = parameters::constant(support, handler, statement);
    let allow = allow_deprecated(&handler.attributes);
    quote! {
        #allow
        #[automatically_derived]
        impl #support::AccessRule for #name {
            #members
        }

        #allow
        #[automatically_derived]
        impl #support::DecidedHandler for #name {
            const NAME: &'static ::core::primitive::str = #text;
            #parameters

            fn route_info(self) -> #support::rocket::route::StaticInfo {
                #route_info
            }
        }
    }
}

/// The function as it was written, with these attributes.
fn function(attributes: &[Attribute], handler: &Handler) -> TokenStream {
    let Handler {
        visibility,
        signature,
        body,
        ..
    } = handler;
    quote!(#(#attributes)* #visibility #signature #body)
}

/// The conditions of the handler: where it is not compiled, neither is what belongs to it.
fn cfgs(handler: &Handler) -> impl Iterator<Item = &Attribute> {
    let attributes = handler.attributes.iter();
    attributes.filter(|attribute| attribute.path().is_ident("cfg"))
}

/// The call of the written function with its own parameters, and what must stand beside it. An
/// argument of `withins` takes the place of the parameter of that name.
fn call(handler: &Handler, withins: &[(Ident, TokenStream)]) -> (Option<TokenStream>, TokenStream) {
    let name = &handler.signature.ident;
    let parameters: Vec<&Ident> = handler.signature.inputs.iter().filter_map(parameter).collect();
    let arguments: Vec<TokenStream> = parameters
        .iter()
        .map(|parameter| {
            let within = withins.iter().find(|(name, _)| name == *parameter);
            within.map_or_else(|| parameter.to_token_stream(), |(_, argument)| argument.clone())
        })
        .collect();
    let wait = handler.signature.asyncness.map(|_| quote!(.await));
    // In `fn page(page: u32)` the name means the parameter.
    if parameters.contains(&name) {
        let alias = format_ident!("__handler_{}", name.unraw(), span = name.span());
        let cfgs = cfgs(handler);
        let import = quote! {
            #(#cfgs)*
            #[doc(hidden)]
            #[allow(unused_imports)]
            use #name as #alias;
        };
        return (Some(import), quote!(#alias(#(#arguments),*) #wait));
    }
    (None, quote!(#name(#(#arguments),*) #wait))
}

fn parameter(input: &FnArg) -> Option<&Ident> {
    match input {
        FnArg::Typed(input) => match &*input.pat {
            Pat::Ident(pattern) => Some(&pattern.ident),
            // Rocket refuses it.
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

/// The signature for a function that only passes its parameters on: without `mut` before them,
/// which would be unused.
fn plain_parameters(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        if let FnArg::Typed(input) = input
            && let Pat::Ident(pattern) = &mut *input.pat
        {
            pattern.mutability = None;
            pattern.by_ref = None;
        }
    }
    signature
}

/// A `Vec<Route>`: each handler's route behind its decision.
///
/// The code names each path once, so a wrong path gives one error. The code around a path has the
/// span of its last segment, so an error shows which item of the list is wrong. The span is the
/// user's own. So where `#[launch]` compiles the list twice, the compiler sees that the two errors
/// are one.
pub(crate) fn routes(support: &TokenStream, paths: &[Path]) -> TokenStream {
    let routes = paths.iter().map(|path| {
        let span = path
            .segments
            .last()
            .map_or_else(Span::call_site, |last| last.ident.span());
        let support = at(span, support);
        quote_spanned!(span=> <#support::GuardedRoutes as #support::Takes<_>>::route(#path {}))
    });
    quote! {{
        #[allow(clippy::absolute_paths)]
        let routes: ::std::vec::Vec<#support::rocket::Route> = ::std::vec![#(#routes),*];
        routes
    }}
}
