use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, parse_quote_spanned};

use super::{allow_deprecated, decision};
use crate::model::{Decision, Statement};
use crate::parse::{Handler, RoutePlace};

/// How many parameters a function may have before Clippy calls them too many.
const CLIPPY_TOO_MANY: usize = 7;

/// The handler with its guard, and its decision.
///
/// ```text
/// impl AccessRule for stats { … }               // `stats`: the unit type Rocket makes for the handler
///
/// type __authorized_for_stats = Authorized<stats>;
///
/// #[get("/stats")]
/// async fn stats(__authorized: __authorized_for_stats, user: &User<AppRole>) -> Json<Stats> { … }
/// ```
///
/// The alias is for speed: of a type with arguments, Rocket's code asks each argument too whether it is a guard, which takes
/// the compiler as long as all the rest that is generated here.
pub(crate) fn expand(support: &TokenStream, handler: &Handler, statement: &Statement) -> TokenStream {
    let rule = rule(support, handler, statement);
    let function = match (handler.route, &statement.decision) {
        (RoutePlace::Below, Decision::Authenticated | Decision::Rule(_)) => guarded(support, handler),
        // Nobody is turned away by `public`, and where Rocket has read the signature already, another
        // parameter would only make for more errors.
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

/// The function with the guard as its first parameter: Rocket runs request guards in the order of the
/// parameters, and before it looks at path, query and body.
fn guarded(support: &TokenStream, handler: &Handler) -> TokenStream {
    let Handler {
        attributes,
        visibility,
        signature,
        body,
        ..
    } = handler;
    // Rocket's code puts names of its own at the span of a guard's type. They must be at home where the
    // attribute stands, hence `call_site`.
    let span = Span::call_site();
    let name = &signature.ident;
    let alias = format_ident!("__authorized_for_{}", name.unraw(), span = span);
    let cfgs = cfgs(handler);
    let guard: FnArg = parse_quote_spanned!(span=> __authorized: #alias);

    // The user wrote as many parameters as Clippy accepts; the one more is ours.
    let allow_many = (signature.inputs.len() == CLIPPY_TOO_MANY)
        .then(|| quote_spanned!(span=> #[allow(clippy::too_many_arguments)]));
    let mut signature = signature.clone();
    signature.inputs.insert(0, guard);
    let allow_deprecated = allow_deprecated(attributes);
    quote! {
        #(#cfgs)*
        #allow_deprecated
        #[allow(dead_code, non_camel_case_types)]
        type #alias = #support::Authorized<#name>;

        #allow_deprecated
        #allow_many
        #(#attributes)*
        #visibility #signature #body
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
