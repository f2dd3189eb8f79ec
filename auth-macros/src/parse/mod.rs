//! Tokens → syntax: what the user wrote, each piece with its span, and what is wrong with its form.

mod fragments;
mod guard;
mod handler;
mod item;
mod list;
mod role_enum;
mod route;
mod routes;
mod scope;
mod term;

pub(crate) use guard::{Guard, GuardField};
pub(crate) use handler::{Handler, RoutePlace, UnreadRoute, unread_route};
pub(crate) use item::{Item, item};
pub(crate) use list::{STRAY_COMMA, is_comma, split};
pub(crate) use role_enum::{RoleVariant, WrittenRoles, role_enum};
pub(crate) use route::{HandlerParameters, Parameters, PathParameter};
pub(crate) use routes::routes;
pub(crate) use scope::Scope;
pub(crate) use term::{FRESH, ListWord, MFA, MFA_WORD, Setting, Term, TermKind, is_variant, terms, text};

/// Which of the four attributes that state a decision is at work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    RequireRole,
    Authenticated,
    Public,
    GuardedBy,
}

impl Word {
    /// The attribute's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Word::RequireRole => "require_role",
            Word::Authenticated => "authenticated",
            Word::Public => "public",
            Word::GuardedBy => "guarded_by",
        }
    }

    /// The word that `attribute` is, recognised by its last path segment.
    fn of(attribute: &syn::Attribute) -> Option<Word> {
        let last = attribute.path().segments.last()?.ident.to_string();
        [Word::RequireRole, Word::Authenticated, Word::Public, Word::GuardedBy]
            .into_iter()
            .find(|word| last == word.name())
    }
}
