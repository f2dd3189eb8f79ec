use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr as Constant;
use syn::spanned::Spanned;

use super::tokens::{at, variant};
use super::{hierarchy, policy, scoped};
use crate::model::{Decision, Expr, Rule, Statement};
use crate::parse::text;

/// The members of an `AccessRule`: the decision as data, the enum it speaks of, its options, its
/// policies.
pub(crate) fn members(support: &TokenStream, statement: &Statement) -> TokenStream {
    let (value, role_enum) = match &statement.decision {
        Decision::Public { reason } => (public(support, reason), None),
        Decision::Authenticated => (quote!(#support::Decision::Authenticated), None),
        Decision::Guard(guard) => {
            let text = text(guard);
            (
                quote!(#support::Decision::Guard(#support::PolicyTerm::new(0, #text))),
                None,
            )
        }
        Decision::Rule(rule) => {
            let tree = tree(support, rule, &rule.expr);
            let value = quote!(#support::Decision::Rule(#tree));
            let scopes = scoped::checks(support, rule);
            let hierarchy = hierarchy::checks(support, rule);
            let value = match scopes.is_none() && hierarchy.is_none() {
                true => value,
                false => quote!({ #scopes #hierarchy #value }),
            };
            (value, rule.role_enum.as_ref())
        }
    };
    let roles = role_enum.map(|path| {
        quote! {
            const ROLES: ::core::option::Option<#support::RoleEnum> =
                ::core::option::Option::Some(#support::RoleEnum::of::<#path>());
        }
    });
    // What is not written here, the trait says: no role, any time, any factor, and no policies.
    let mfa = statement.options.mfa.then(|| {
        quote!(
            const MFA: ::core::primitive::bool = true;
        )
    });
    let fresh = statement
        .options
        .fresh
        .map(|seconds| quote!(const FRESH: ::core::option::Option<::core::primitive::u32> = ::core::option::Option::Some(#seconds);));
    let policy = match &statement.decision {
        Decision::Rule(rule) => policy::function(support, rule),
        Decision::Guard(guard) => policy::of_guard(support, guard),
        Decision::Public { .. } | Decision::Authenticated => TokenStream::new(),
    };
    quote! {
        #roles
        const DECISION: #support::Decision = #value;
        #mfa
        #fresh
        #policy
    }
}

/// `Decision::Public`. A reason in quotes has been read; what a constant says, the compiler looks
/// at.
fn public(support: &TokenStream, reason: &Constant) -> TokenStream {
    if let Constant::Lit(_) = reason {
        return quote!(#support::Decision::Public { reason: #reason });
    }
    let span = Span::call_site().located_at(reason.span());
    let here = at(span, support);
    let check = quote_spanned!(span=> #here::refuse_blank(__REASON));
    quote! {{
        const __REASON: &::core::primitive::str = #reason;
        const _: () = #check;
        #support::Decision::Public { reason: __REASON }
    }}
}

/// The rule as a constant expression: references to constants, nothing is built when the program
/// runs.
fn tree(support: &TokenStream, rule: &Rule, expr: &Expr) -> TokenStream {
    let list = |exprs: &[Expr]| -> TokenStream {
        let exprs = exprs.iter().map(|expr| tree(support, rule, expr));
        quote!(&[#(#exprs),*])
    };
    match expr {
        Expr::Role(path) => {
            // A rule with a role has an enum.
            let role = rule.role_enum.as_ref().map(|role_enum| {
                let variant = variant(role_enum, path);
                quote!(#support::role::<#role_enum>(#variant))
            });
            quote!(#role)
        }
        Expr::Policy { index, text } => {
            // At most 64 of them.
            let index = u32::try_from(*index).unwrap_or(u32::MAX);
            quote!(#support::Rule::Policy(#support::PolicyTerm::new(#index, #text)))
        }
        Expr::RoleIn { index, role, parameter } => scoped::term(support, rule, *index, role, parameter),
        Expr::Any(exprs) => {
            let exprs = list(exprs);
            quote!(#support::Rule::Any(#support::Terms::of(#exprs)))
        }
        Expr::All(exprs) => {
            let exprs = list(exprs);
            quote!(#support::Rule::All(#support::Terms::of(#exprs)))
        }
        Expr::Not(expr) => {
            let expr = tree(support, rule, expr);
            quote!(#support::Rule::Not(&#expr))
        }
    }
}
