//! Roles: an application's own enum, seen by the library as one bit per variant.
//!
//! `#[derive(Role)]` implements [`Role`]; everything else works on [`RoleSet`], one `u64`.

mod compare;
mod decide;
mod memberships;
mod rule;
mod scoped;
mod set;
mod table;
mod term;

#[cfg(feature = "rocket")]
pub(crate) use compare::Demand;
pub use decide::{PolicyAnswers, Ruling};
pub(crate) use memberships::MembershipSource;
pub use memberships::Memberships;
#[cfg(feature = "rocket")]
pub(crate) use memberships::{MembershipFailure, MembershipFuture};
pub use rule::{Decision, PolicyTerm, Rule, Terms};
pub use scoped::{ScopeOf, ScopedRole, ScopedTerm};
pub use set::RoleSet;
pub use table::{RoleEnum, RoleTable, UnknownRole};
pub use term::RoleTerm;

/// An application's enum of roles; implemented by `#[derive(Role)]` only.
///
/// ```
/// use auth_core::{Role, RoleSet};
///
/// #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
/// enum AppRole {
///     #[role(includes(Editor))]
///     Admin,
///     Editor,
///     Viewer,
/// }
///
/// assert_eq!(AppRole::NAMES, ["admin", "editor", "viewer"]);
/// // Admin includes Editor, so a rule that asks for Editor is met by an Admin.
/// assert!(RoleSet::from(AppRole::Admin).closure(AppRole::INCLUDES).contains(AppRole::Editor));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role enum",
    label = "not a role enum",
    note = "add `auth_core::Role`, and `Clone` and `Copy` if they are missing, to the `#[derive(…)]` of the enum",
    note = "a role of an enum with `#[role(within = …)]` is named with its path parameter: `OrgRole::Owner in org`"
)]
pub trait Role: Copy + Send + Sync + 'static {
    /// Every variant, in declaration order; the index is the role's bit.
    const ALL: &'static [Self];

    /// The name of each variant in claims and JSON: snake_case, in declaration order.
    const NAMES: &'static [&'static str];

    /// For each variant, itself and all it includes, transitively.
    const INCLUDES: &'static [RoleSet];

    /// The discriminant of each variant, so that a rule can find its bit in a `const`.
    #[doc(hidden)]
    const DISCRIMINANTS: &'static [i128];

    /// This variant's bit: its index in [`Role::ALL`], always below 64.
    fn bit(self) -> u32;

    /// This variant's name in claims and JSON.
    fn name(self) -> &'static str {
        Self::NAMES[self.bit() as usize]
    }

    /// The role of the name that a person typed, in any case; `None` where there is no such role.
    fn from_name(typed: &str) -> Option<Self> {
        let is_named = |role: &&Self| role.name().eq_ignore_ascii_case(typed.trim());
        Self::ALL.iter().find(is_named).copied()
    }
}
