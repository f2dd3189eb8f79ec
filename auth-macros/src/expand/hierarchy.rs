use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::tokens::{at, variant};
use crate::model::{Expr, Rule};

/// Lets the compiler refuse a rule in which one role makes another pointless. The macro cannot
/// check this itself, as it does not know the enum's hierarchy.
///
/// - `all(Admin, Editor)` where Admin includes Editor: Editor is redundant;
/// - `all(Admin, not(Editor))`: no user passes;
/// - `any(Editor, not(Admin))`: every user passes.
///
/// `any(Admin, Editor)` is fine: it lists who may pass, under any hierarchy.
///
/// ```text
/// const _: () = {
///     refuse_included::<AppRole>((…Admin…), (…Editor…), "`AppRole::Editor` is redundant: …");
/// };
/// ```
pub(crate) fn checks(support: &TokenStream, rule: &Rule) -> Option<TokenStream> {
    let mut pairs = Vec::new();
    collect(rule, &rule.expr, &mut pairs);
    if pairs.is_empty() {
        return None;
    }
    let asserts = pairs.iter().filter_map(|pair| assert(support, rule, pair));
    Some(quote!(const _: () = { #(#asserts)* };))
}

/// Two roles of which the first must not include the second, or `message` is to be said about `at`.
struct Pair<'a> {
    includes: Held<'a>,
    included: Held<'a>,
    at: &'a Path,
    message: String,
}

/// A role of the application, or the role in a scope at an index of the rule's.
#[derive(Clone, Copy)]
struct Held<'a> {
    role: &'a Path,
    scope: Option<(usize, &'a str)>,
}

impl Held<'_> {
    /// Whether both are of one enum, and hold in one scope.
    fn is_beside(self, other: Held<'_>, rule: &Rule) -> bool {
        let enum_of = |index: usize| rule.scoped.get(index).map(|scoped| text(&scoped.role_enum));
        match (self.scope, other.scope) {
            (None, None) => true,
            (Some((this, here)), Some((that, there))) => here == there && enum_of(this) == enum_of(that),
            _ => false,
        }
    }

    fn is(self, other: Held<'_>) -> bool {
        Expr::variant(self.role) == Expr::variant(other.role)
    }

    fn text(self) -> String {
        let role = text(self.role);
        match self.scope {
            None => role,
            Some((_, parameter)) => format!("{role} in {parameter}"),
        }
    }
}

fn collect<'a>(rule: &Rule, expr: &'a Expr, pairs: &mut Vec<Pair<'a>>) {
    let (exprs, all) = match expr {
        Expr::All(exprs) => (exprs, true),
        Expr::Any(exprs) => (exprs, false),
        Expr::Not(expr) => return collect(rule, expr, pairs),
        Expr::Role(_) | Expr::RoleIn { .. } | Expr::Policy { .. } => return,
    };
    let roles = || exprs.iter().filter_map(role);
    let opposites = || exprs.iter().filter_map(opposite);
    if all {
        for (role, other) in roles().flat_map(|role| roles().map(move |other| (role, other))) {
            if role.is_beside(other, rule) && !role.is(other) {
                let (outer, inner) = (role.text(), other.text());
                pairs.push(Pair {
                    includes: role,
                    included: other,
                    at: other.role,
                    message: format!("`{inner}` is redundant: `{outer}` already includes it; remove `{inner}`"),
                });
            }
        }
    }
    for (role, opposite) in roles().flat_map(|role| opposites().map(move |opposite| (role, opposite))) {
        // Of one role alone the macro sees it, and has said so.
        if !role.is_beside(opposite, rule) || role.is(opposite) {
            continue;
        }
        let (this, other) = (role.text(), opposite.text());
        let (includes, included, message) = if all {
            let message =
                format!("no user can pass: `{this}` includes `{other}`, which the rule refuses; remove `not({other})`");
            (role, opposite, message)
        } else {
            let message = format!(
                "every signed-in user passes: `{other}` includes `{this}`; write `#[authenticated]` if that \
                 is meant"
            );
            (opposite, role, message)
        };
        pairs.push(Pair {
            includes,
            included,
            at: opposite.role,
            message,
        });
    }
    exprs.iter().for_each(|expr| collect(rule, expr, pairs));
}

fn role(expr: &Expr) -> Option<Held<'_>> {
    match expr {
        Expr::Role(role) => Some(Held { role, scope: None }),
        Expr::RoleIn { index, role, parameter } => Some(Held {
            role,
            scope: Some((*index, parameter)),
        }),
        _ => None,
    }
}

fn opposite(expr: &Expr) -> Option<Held<'_>> {
    match expr {
        Expr::Not(expr) => role(expr),
        _ => None,
    }
}

fn text(path: &Path) -> String {
    quote!(#path).to_string().replace(' ', "")
}

fn assert(support: &TokenStream, rule: &Rule, pair: &Pair<'_>) -> Option<TokenStream> {
    let (role_enum, refuse) = match pair.includes.scope {
        Some((index, _)) => (&rule.scoped.get(index)?.role_enum, quote!(refuse_included_in_scope)),
        None => (rule.role_enum.as_ref()?, quote!(refuse_included)),
    };
    let span = pair
        .at
        .segments
        .last()
        .map_or_else(Span::call_site, |last| last.ident.span());
    // The compiler points at the call that panics: all of it stands where the role does.
    let (support, refuse) = (at(span, support), at(span, &refuse));
    let variant = |path: &Path| variant(role_enum, path);
    let (includes, included, message) = (variant(pair.includes.role), variant(pair.included.role), &pair.message);
    Some(quote_spanned! {span=>
        #support::#refuse::<#role_enum>((#includes), (#included), #message);
    })
}
