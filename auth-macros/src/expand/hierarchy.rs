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
    let role_enum = rule.role_enum.as_ref()?;
    let mut pairs = Vec::new();
    collect(&rule.expr, &mut pairs);
    if pairs.is_empty() {
        return None;
    }
    let asserts = pairs.iter().map(|pair| assert(support, role_enum, pair));
    Some(quote!(const _: () = { #(#asserts)* };))
}

/// Two roles of which the first must not include the second, or `message` is to be said about `at`.
struct Pair<'a> {
    includes: &'a Path,
    included: &'a Path,
    at: &'a Path,
    message: String,
}

fn collect<'a>(expr: &'a Expr, pairs: &mut Vec<Pair<'a>>) {
    let (exprs, all) = match expr {
        Expr::All(exprs) => (exprs, true),
        Expr::Any(exprs) => (exprs, false),
        Expr::Not(expr) => return collect(expr, pairs),
        Expr::Role(_) | Expr::Policy { .. } => return,
    };
    let roles = || exprs.iter().filter_map(role);
    let opposites = || exprs.iter().filter_map(opposite);
    if all {
        for (role, other) in roles().flat_map(|role| roles().map(move |other| (role, other))) {
            if Expr::variant(role) != Expr::variant(other) {
                let (outer, inner) = (text(role), text(other));
                pairs.push(Pair {
                    includes: role,
                    included: other,
                    at: other,
                    message: format!("`{inner}` is redundant: `{outer}` already includes it; remove `{inner}`"),
                });
            }
        }
    }
    for (role, opposite) in roles().flat_map(|role| opposites().map(move |opposite| (role, opposite))) {
        // Of one role alone the macro sees it, and has said so.
        if Expr::variant(role) == Expr::variant(opposite) {
            continue;
        }
        let (this, other) = (text(role), text(opposite));
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
            at: opposite,
            message,
        });
    }
    exprs.iter().for_each(|expr| collect(expr, pairs));
}

fn role(expr: &Expr) -> Option<&Path> {
    match expr {
        Expr::Role(path) => Some(path),
        _ => None,
    }
}

fn opposite(expr: &Expr) -> Option<&Path> {
    match expr {
        Expr::Not(expr) => role(expr),
        _ => None,
    }
}

fn text(path: &Path) -> String {
    quote!(#path).to_string().replace(' ', "")
}

fn assert(support: &TokenStream, role_enum: &Path, pair: &Pair<'_>) -> TokenStream {
    let span = pair
        .at
        .segments
        .last()
        .map_or_else(Span::call_site, |last| last.ident.span());
    // The compiler points at the call that panics: all of it stands where the role does.
    let support = at(span, support);
    let variant = |path: &Path| variant(role_enum, path);
    let (includes, included, message) = (variant(pair.includes), variant(pair.included), &pair.message);
    quote_spanned! {span=>
        #support::refuse_included::<#role_enum>((#includes), (#included), #message);
    }
}
