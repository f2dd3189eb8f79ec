use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{FnArg, Pat, Type};

use super::lifetimes;
use crate::model::{Decision, Statement};
use crate::parse::{Handler, Parameters};

/// Guards that require nothing, or no more than any decision but `public` does.
const KNOWN: [&str; 8] = [
    "State",
    "Option",
    "Result",
    "Config",
    "Shutdown",
    "CookieJar",
    "ContentType",
    "WebSocket",
];

/// `PARAMETERS` of a handler whose request guards may require more than its decision. Every other
/// handler has none, so most cost the compiler nothing.
///
/// ```text
/// const PARAMETERS: &'static [Option<AccessPolicy>] = {
///     use AsksNothing as _;
///     &[Parameter::<AdminUser<'static>>::ASKS]
/// };
/// ```
pub(super) fn constant(support: &TokenStream, handler: &Handler, statement: &Statement) -> Option<TokenStream> {
    let Parameters::Handler(known) = &handler.parameters else {
        return None;
    };
    let public = matches!(statement.decision, Decision::Public { .. });
    let asks = |input: &FnArg| -> Option<Type> {
        let FnArg::Typed(input) = input else { return None };
        let Pat::Ident(pattern) = &*input.pat else { return None };
        let is_guard = known.is_guard(&pattern.ident.unraw().to_string());
        let may_ask = is_guard && input.attrs.is_empty() && may_ask(&input.ty, public);
        may_ask.then(|| lifetimes::for_ever(&input.ty))
    };
    let types: Vec<Type> = handler.signature.inputs.iter().filter_map(asks).collect();
    (!types.is_empty()).then(|| {
        quote! {
            const PARAMETERS: &'static [::core::option::Option<#support::AccessPolicy>] = {
                #[allow(unused_imports)]
                use #support::AsksNothing as _;
                &[#(#support::Parameter::<#types>::ASKS),*]
            };
        }
    })
}

/// Whether a guard of this type may require more than the decision.
fn may_ask(ty: &Type, public: bool) -> bool {
    match ty {
        Type::Reference(reference) => may_ask(&reference.elem, public),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            !KNOWN.contains(&name.as_str()) && (public || name != "User")
        }),
        Type::Paren(paren) => may_ask(&paren.elem, public),
        _ => false,
    }
}
