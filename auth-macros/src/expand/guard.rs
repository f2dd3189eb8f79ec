use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Lifetime, PathArguments, Type};

use super::tokens::allow_deprecated;
use super::{decision, lifetimes};
use crate::model::Statement;
use crate::parse::{Guard, GuardField};

/// The struct, and what makes it a request guard: its decision, `FromRequest` and `Sentinel`.
///
/// ```text
/// struct Editor<'r>(&'r User<AppRole>);
///
/// impl AccessRule for Editor<'static> { … }     // of all its lifetimes, one speaks for the rule
/// impl GuardStruct for Editor<'static> {}       // `Protection::of` takes it
/// impl<'r> FromRequest<'r> for Editor<'r> { … } // first the rule, then each field
/// impl Sentinel for Editor<'_> { … }            // the rule's, and each field's
/// ```
pub(crate) fn expand(support: &TokenStream, guard: &Guard, statement: &Statement) -> TokenStream {
    let item = &guard.item;
    let name = &item.ident;
    let cfgs: Vec<_> = item
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .collect();
    let allow = allow_deprecated(&item.attrs);

    let for_ever = match guard.lifetime {
        Some(_) => quote!(#name<'static>),
        None => quote!(#name),
    };
    let anonymous = match guard.lifetime {
        Some(_) => quote!(#name<'_>),
        None => quote!(#name),
    };
    let members = decision::members(support, statement);
    let from_request = from_request(support, guard, &for_ever);
    let field_sentinels = guard.fields.iter().map(|field| field_sentinel(support, field));

    quote! {
        #item

        #(#cfgs)*
        #allow
        #[automatically_derived]
        impl #support::AccessRule for #for_ever {
            #members
        }

        #(#cfgs)*
        #allow
        #[automatically_derived]
        impl #support::GuardStruct for #for_ever {}

        #(#cfgs)*
        #allow
        #[automatically_derived]
        #from_request

        #(#cfgs)*
        #allow
        #[automatically_derived]
        impl #support::rocket::Sentinel for #anonymous {
            fn abort(rocket: &#support::rocket::Rocket<#support::rocket::Ignite>) -> ::core::primitive::bool {
                #(#field_sentinels)*
                #support::abort_launch::<#for_ever>(rocket)
            }
        }
    }
}

/// `impl FromRequest`, which refuses a caller who does not meet the rule before it reads a field.
///
/// Written out as `async_trait` would write it, for that names `Box` as the user's module may not.
fn from_request(support: &TokenStream, guard: &Guard, for_ever: &TokenStream) -> TokenStream {
    let name = &guard.item.ident;
    // A struct without a lifetime may have anything named `'r` in its fields' types.
    let lifetime = match &guard.lifetime {
        Some(lifetime) => lifetime.clone(),
        None => Lifetime::new("'__r", Span::call_site()),
    };
    let arguments = guard.lifetime.as_ref().map(|lifetime| quote!(<#lifetime>));
    let where_clause = &guard.item.generics.where_clause;

    let values: Vec<_> = (0..guard.fields.len())
        .map(|index| format_ident!("__field{index}"))
        .collect();
    let read = guard
        .fields
        .iter()
        .zip(&values)
        .map(|(GuardField { ty, cfgs, .. }, value)| {
            // Rocket's future of the guard is boxed and `Send`. With a future of our own around it,
            // which borrows with the guard, the compiler could not prove `Send`.
            let outcome = quote_spanned! { ty.span()=>
                <#ty as #support::rocket::request::FromRequest<#lifetime>>::from_request(request).await
            };
            quote! {
            #(#cfgs)*
            let #value = match #support::field::<_, _, Self>(#outcome) {
                ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(outcome) => return outcome,
                };
            }
        });
    let fill = guard
        .fields
        .iter()
        .zip(&values)
        .map(|(GuardField { member, cfgs, .. }, value)| quote!(#(#cfgs)* #member: #value));

    quote! {
        impl<#lifetime> #support::rocket::request::FromRequest<#lifetime> for #name #arguments #where_clause {
            type Error = #support::AuthError;

            fn from_request<'__q, '__f>(
                request: &#lifetime #support::rocket::Request<'__q>,
            ) -> #support::GuardFuture<'__f, Self>
            where
                #lifetime: '__f,
                '__q: '__f,
                Self: '__f,
            {
                ::std::boxed::Box::pin(async move {
                    if let ::core::result::Result::Err(outcome) =
                        #support::authorize::<#for_ever, Self>(request).await
                    {
                        return outcome;
                    }
                    #(#read)*
                    #support::rocket::request::Outcome::Success(#name { #(#fill),* })
                })
            }
        }
    }
}

/// Aborts the launch when the field's own guard would.
fn field_sentinel(support: &TokenStream, field: &GuardField) -> TokenStream {
    let GuardField { ty, cfgs, .. } = field;
    let aborts = sentinel(support, &lifetimes::for_ever(ty));
    quote! {
        #(#cfgs)*
        if #aborts {
            return true;
        }
    }
}

/// Whether the sentinel of `ty` says no; where it has none, whether one of the types inside it
/// does. This is how Rocket treats `Option<Guard>` in a handler.
fn sentinel(support: &TokenStream, ty: &Type) -> TokenStream {
    let inside = inside(ty).into_iter().map(|ty| sentinel(support, ty));
    quote! {{
        let sentry = #support::rocket::sentinel::resolve!(#ty);
        if sentry.specialized { (sentry.abort)(rocket) } else { false #(|| #inside)* }
    }}
}

/// The types directly inside `ty` that may be guards.
fn inside(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Path(path) => match path.path.segments.last().map(|last| &last.arguments) {
            Some(PathArguments::AngleBracketed(arguments)) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        },
        Type::Reference(reference) => vec![&reference.elem],
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        Type::Group(group) => inside(&group.elem),
        Type::Paren(paren) => inside(&paren.elem),
        _ => Vec::new(),
    }
}
