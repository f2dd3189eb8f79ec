//! Tokens that several expansions write.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Path};

/// `#[allow(deprecated)]` if the item is deprecated itself: the code that goes with it is no
/// further use of it.
pub(super) fn allow_deprecated(attributes: &[Attribute]) -> Option<TokenStream> {
    let deprecated = attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"));
    deprecated.then(|| quote!(#[allow(deprecated)]))
}

/// The same tokens, as if they stood at `span`.
pub(super) fn at(span: Span, tokens: &TokenStream) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    moved.collect()
}

/// The variant that `path` ends with, and its discriminant.
///
/// The variant is there so that the compiler sees that this is a value of the enum. Everywhere the
/// enum is named in the same way, so that a wrong name is one error.
pub(super) fn variant(role_enum: &Path, path: &Path) -> TokenStream {
    let variant = path.segments.last().map(|last| &last.ident);
    quote!(<#role_enum>::#variant, <#role_enum>::#variant as ::core::primitive::i128)
}
