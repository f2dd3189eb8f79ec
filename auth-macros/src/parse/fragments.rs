//! What a fragment of `macro_rules!` leaves in the tokens: an invisible group around `$ty:ty`,
//! `$path:literal` or `$body:block`.
//!
//! Rocket's macros do not look into such a group, or write names at its place that nothing there
//! knows.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Meta, Signature, Type};

/// The `{ … }` that a token is, also where it comes out of a `$body:block` of `macro_rules!`.
pub(super) fn block(token: TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group),
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            let (Some(only), None) = (inside.next(), inside.next()) else {
                return None;
            };
            block(only)
        }
        Delimiter::Parenthesis | Delimiter::Bracket => None,
    }
}

/// Takes the types in the signature out of their groups.
pub(super) fn open_types(signature: &mut Signature) {
    OpenTypes.visit_signature_mut(signature);
}

struct OpenTypes;

impl VisitMut for OpenTypes {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Group(group) = &*ty {
            let inside = moved(group.elem.to_token_stream(), group.group_token.span);
            let parsed = match &*group.elem {
                // In `&$ty`, all of the bounds are meant.
                Type::TraitObject(_) | Type::ImplTrait(_) => syn::parse2(quote!((#inside))),
                _ => syn::parse2(inside),
            };
            if let Ok(opened) = parsed {
                *ty = opened;
            }
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// The tokens where they stand, for names as if they stood in the macro: there, Rocket's own
/// variables are known.
fn moved(tokens: TokenStream, macro_span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let mut inside = Group::new(group.delimiter(), moved(group.stream(), macro_span));
                inside.set_span(group.span());
                token = inside.into();
            }
            // `$crate` says by its span which crate it means.
            if token.to_string() != "$crate" {
                token.set_span(macro_span.located_at(token.span()));
            }
            token
        })
        .collect()
}

/// Takes the arguments of a route attribute out of their groups.
pub(super) fn open_arguments(attribute: &mut Attribute) {
    if let Meta::List(list) = &mut attribute.meta {
        list.tokens = open(std::mem::take(&mut list.tokens));
    }
}

fn open(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => open(group.stream()),
            other => other.into(),
        })
        .collect()
}
