use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{FnArg, Ident, Pat, Path, Signature, Type, parse_quote};

use super::lifetimes;
use super::tokens::{at, variant};
use crate::model::{Rule, Statement, WithinParameter, is_within};
use crate::parse::{Handler, Parameters};

/// The constant of a role in a scope.
pub(super) fn term(support: &TokenStream, rule: &Rule, index: usize, role: &Path, parameter: &str) -> TokenStream {
    let Some(scoped) = rule.scoped.get(index) else {
        return TokenStream::new();
    };
    let (role_enum, segment) = (&scoped.role_enum, scoped.segment);
    // The answers of policies come first, and there are at most 64 answers.
    let place = u32::try_from(rule.policies.len() + index).unwrap_or(u32::MAX);
    let variant = variant(role_enum, role);
    quote!(#support::Rule::RoleIn(&#support::role_in::<#role_enum>(#variant, #place, #segment, #parameter)))
}

/// Lets the compiler refuse a path parameter that has another type than the scope of the enum.
///
/// ```text
/// const _: () = {
///     refuse_other_scope::<OrgId, OrgRole>();
/// };
/// ```
pub(super) fn checks(support: &TokenStream, rule: &Rule) -> Option<TokenStream> {
    let mut checks = Vec::new();
    for scoped in &rule.scoped {
        let Some(ty) = &scoped.ty else { continue };
        let span = Span::call_site().located_at(scoped.parameter.span());
        let (support, role_enum, ty) = (at(span, support), &scoped.role_enum, lifetimes::for_ever(ty));
        checks.push(quote_spanned!(span=> #support::refuse_other_scope::<#ty, #role_enum>();));
    }
    (!checks.is_empty()).then(|| quote!(const _: () = { #(#checks)* };))
}

/// The signature for the route of a handler with proofs among its parameters: each is the id that
/// Rocket reads from the path, and a guard beside it that the rule let the request pass.
///
/// ```text
/// fn __route_remove_…(org: <OrgRole as ScopedRole>::Scope, id: i32, __within_org: Passed<OrgRole, 1>)
/// ```
///
/// Gives the arguments back for the call of the handler, `__within_org.within(org)`.
pub(super) fn open_withins(
    support: &TokenStream,
    handler: &Handler,
    statement: &Statement,
    signature: &mut Signature,
) -> Vec<(Ident, TokenStream)> {
    let mut arguments = Vec::new();
    let mut guards: Vec<FnArg> = Vec::new();
    for input in &mut signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        let Pat::Ident(pattern) = &*input.pat else { continue };
        let name = pattern.ident.clone();
        let text = name.unraw().to_string();
        if is_within(&input.ty).is_none() || !is_in_path(handler, &text) {
            continue;
        }
        let Some(within) = statement.withins.iter().find(|within| within.name == text) else {
            // The mistake is reported. Rocket would say the same in other words.
            *input.ty = parse_quote!(::std::string::String);
            arguments.push((name.clone(), quote!((|_| loop {})(#name))));
            continue;
        };
        let WithinParameter { role_enum, segment, .. } = within;
        let guard = format_ident!("__within_{text}", span = name.span());
        *input.ty = scope(support, role_enum);
        if let Ok(argument) = syn::parse2(quote!(#guard: #support::Passed<#role_enum, #segment>)) {
            guards.push(argument);
        }
        arguments.push((name.clone(), quote!(#guard.within(#name))));
    }
    signature.inputs.extend(guards);
    arguments
}

fn scope(support: &TokenStream, role_enum: &Path) -> Type {
    parse_quote!(<#role_enum as #support::ScopedRole>::Scope)
}

/// The type of a path parameter as Rocket reads it: of `Within<OrgRole>` that of the id.
pub(super) fn read_type(support: &TokenStream, ty: &Type) -> Type {
    match is_within(ty) {
        Some(Some(role_enum)) => scope(support, role_enum),
        _ => ty.clone(),
    }
}

fn is_in_path(handler: &Handler, name: &str) -> bool {
    match &handler.parameters {
        Parameters::Handler(parameters) => parameters.path.iter().any(|parameter| parameter.name == name),
        Parameters::Struct | Parameters::Unknown => false,
    }
}
