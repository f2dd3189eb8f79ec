use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::tokens::at;
use super::{lifetimes, scoped};
use crate::model::{Argument, Policy, Rule};

/// `AccessRule::policy`, if the rule calls any.
///
/// ```text
/// fn policy<'__r>(index: u32, request: &'__r Request<'_>) -> PolicyFuture<'__r> {
///     match index {
///         // Each is a future of its own, no larger than what it asks, and its errors point at it.
///         0 => Box::pin(async move {
///             let user = &policy_user::<AppRole>(request)?;
///             let argument = segment::<i32>(request, 1)?;
///             // Of a call of the path itself, the compiler would say how to change the arguments in the attribute.
///             let policy = owns_report;
///             PolicyAnswer::answer(policy(user, argument, context(request)?).await, request)
///         }),
///         _ => Box::pin(ready(Ok(PolicyReply::No))),
///     }
/// }
/// ```
pub(crate) fn function(support: &TokenStream, rule: &Rule) -> TokenStream {
    let arms: Vec<_> = rule
        .policies
        .iter()
        .zip(0u32..)
        .filter_map(|(policy, index)| {
            let arguments = policy.arguments.as_ref()?;
            let answer = answer(support, rule, policy, arguments);
            Some(quote!(#index => #answer,))
        })
        .collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    let (index, request) = (local("index", Span::call_site()), request(Span::call_site()));
    quote! {
        fn policy<'__r>(
            #index: ::core::primitive::u32,
            #request: &'__r #support::rocket::Request<'_>,
        ) -> #support::PolicyFuture<'__r> {
            match #index {
                #(#arms)*
                _ => ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Ok(#support::PolicyReply::No))),
            }
        }
    }
}

/// `AccessRule::policy` of `#[guarded_by(…)]`: the guard's own `from_request`.
///
/// ```text
/// Box::pin(async move {
///     // `/can` asks about many routes, and calls each guard once.
///     match former_guard_reply(request, type_name::<Robot<'_>>()) {
///         Some(reply) => reply,
///         None => guard_reply(request, type_name::<Robot<'_>>(), <Robot<'_> as FromRequest>::from_request(request).await),
///     }
/// })
/// ```
pub(crate) fn of_guard(support: &TokenStream, guard: &Type) -> TokenStream {
    let (request, span) = (request(Span::call_site()), guard.span());
    let reply = local("reply", Span::call_site());
    let guard = lifetimes::inferred(guard);
    let outcome = quote_spanned! {span=>
        <#guard as #support::rocket::request::FromRequest<'__r>>::from_request(#request).await
    };
    let name = quote!(::core::any::type_name::<#guard>());
    quote! {
        fn policy<'__r>(
            _: ::core::primitive::u32,
            #request: &'__r #support::rocket::Request<'_>,
        ) -> #support::PolicyFuture<'__r> {
            ::std::boxed::Box::pin(async move {
                match #support::former_guard_reply(#request, #name) {
                    ::core::option::Option::Some(#reply) => #reply,
                    ::core::option::Option::None => #support::guard_reply(#request, #name, #outcome),
                }
            })
        }
    }
}

/// The future that calls one policy. The user's tokens keep their spans, and our tokens around them
/// have the span of the policy's name. So the compiler reports a wrong signature there.
fn answer(support: &TokenStream, rule: &Rule, policy: &Policy, arguments: &[Argument]) -> TokenStream {
    let path = &policy.path;
    let name = path
        .segments
        .last()
        .map_or_else(Span::call_site, |last| last.ident.span());
    let span = Span::mixed_site().located_at(name);
    let (function, user, request) = (local("policy", span), local("user", span), request(span));

    // A rule without roles does not say which enum it is about; then the policy does.
    let of_enum = rule.role_enum.as_ref().map(|path| quote!(::<#path>));
    let names = arguments
        .iter()
        .enumerate()
        .map(|(index, argument)| format_ident!("argument{index}", span = local_span(&argument.name)));
    let values = arguments.iter().map(|argument| value(support, argument));
    let let_names = names.clone();
    let here = at(span, support);
    let mut call = Group::new(
        Delimiter::Parenthesis,
        quote_spanned!(span=> #user, #(#names,)* #here::context(#request)?),
    );
    call.set_span(span);
    quote_spanned! {span=>
        ::std::boxed::Box::pin(async move {
            let #user = &#support::policy_user #of_enum (#request)?;
            #(let #let_names = #values;)*
            let #function = #path;
            #support::PolicyAnswer::answer(#function #call.await, #request)
        })
    }
}

/// The value of a path parameter, as the handler itself would get it.
fn value(support: &TokenStream, argument: &Argument) -> TokenStream {
    let span = local_span(&argument.name);
    let request = request(span);
    let segment = argument.segment;
    let ty = lifetimes::inferred(&scoped::read_type(support, &argument.ty));
    let function = if argument.trailing {
        quote!(segments)
    } else {
        quote!(segment)
    };
    quote_spanned!(span=> #support::#function::<#ty>(#request, #segment)?)
}

/// A variable of ours, which nothing that the user wrote can mean.
fn local(name: &str, span: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(span))
}

fn request(span: Span) -> Ident {
    local("request", span)
}

fn local_span(name: &Ident) -> Span {
    Span::mixed_site().located_at(name.span())
}
