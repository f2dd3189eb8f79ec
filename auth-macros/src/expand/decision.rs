use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Decision, Expr, Rule};

/// The two constants of an `AccessRule`: the decision as data, and the enum it speaks of.
pub(crate) fn constants(support: &TokenStream, decision: &Decision) -> TokenStream {
    let (value, roles) = match decision {
        Decision::Public { reason } => (
            quote!(#support::Decision::Public { reason: #reason }),
            quote!(::core::option::Option::None),
        ),
        Decision::Authenticated => (
            quote!(#support::Decision::Authenticated),
            quote!(::core::option::Option::None),
        ),
        Decision::Rule(rule) => {
            let tree = tree(support, rule, &rule.expr);
            let roles = match &rule.role_enum {
                Some(path) => {
                    quote!(::core::option::Option::Some(#support::RoleEnum::of::<#path>()))
                }
                None => quote!(::core::option::Option::None),
            };
            (quote!(#support::Decision::Rule(#tree)), roles)
        }
    };
    quote! {
        const DECISION: #support::Decision = #value;
        const ROLES: ::core::option::Option<#support::RoleEnum> = #roles;
    }
}

/// The rule as a constant expression: references to constants, nothing is built when the program runs.
fn tree(support: &TokenStream, rule: &Rule, expr: &Expr) -> TokenStream {
    let list = |exprs: &[Expr]| -> TokenStream {
        let exprs = exprs.iter().map(|expr| tree(support, rule, expr));
        quote!(&[#(#exprs),*])
    };
    match expr {
        Expr::Role(path) => {
            let role_enum = rule.role_enum.as_ref();
            let variant = path.segments.last().map(|last| &last.ident);
            // The `const` has the compiler check that this is a value of the enum. Everywhere the enum is named as
            // a type, so that a wrong name is one error.
            quote! {
                #support::Rule::Role(#support::RoleTerm::of::<#role_enum>({
                    const ROLE: #role_enum = <#role_enum>::#variant;
                    ROLE as i128
                }))
            }
        }
        Expr::Any(exprs) => {
            let exprs = list(exprs);
            quote!(#support::Rule::Any(#exprs))
        }
        Expr::All(exprs) => {
            let exprs = list(exprs);
            quote!(#support::Rule::All(#exprs))
        }
        Expr::Not(expr) => {
            let expr = tree(support, rule, expr);
            quote!(#support::Rule::Not(&#expr))
        }
    }
}
