//! Types with other lifetimes than the user wrote: where the code stands that names them, the
//! user's do not exist.

use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, Type};

/// The type with `'static` for every lifetime: Rocket checks a sentinel for a type, before there is
/// any request.
pub(crate) fn for_ever(ty: &Type) -> Type {
    with("'static", ty)
}

/// The type with `'_` for every lifetime, inside a function.
pub(crate) fn inferred(ty: &Type) -> Type {
    with("'_", ty)
}

fn with(lifetime: &'static str, ty: &Type) -> Type {
    let mut ty = ty.clone();
    Replace(lifetime).visit_type_mut(&mut ty);
    ty
}

struct Replace(&'static str);

impl VisitMut for Replace {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new(self.0, lifetime.span());
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {
        // `for<'a> fn(&'a str)`: its lifetimes are its own.
    }

    fn visit_trait_bound_mut(&mut self, bound: &mut syn::TraitBound) {
        // `for<'a> Fn(&'a str)` likewise.
        if bound.lifetimes.is_none() {
            visit_mut::visit_trait_bound_mut(self, bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    #[test]
    fn every_lifetime_is_replaced_but_those_that_a_type_brings_along() {
        let inferred = |text: &str| {
            let ty = syn::parse_str(text).map(|ty| inferred(&ty));
            ty.map(|ty| ty.to_token_stream().to_string().replace(' ', ""))
                .unwrap_or_default()
        };
        assert_eq!(inferred("&'a str"), "&'_str");
        assert_eq!(inferred("&str"), "&str");
        assert_eq!(inferred("Option<Slug<'r>>"), "Option<Slug<'_>>");
        assert_eq!(inferred("for<'a> fn(&'a str)"), "for<'a>fn(&'astr)");
    }
}
