//! Roles that a user holds within something that a path names: an organisation, a project.

use super::{RoleEnum, RoleSet, RoleTerm};

/// An enum of roles within a scope, such as an organisation; implemented by `#[derive(Role)]` with
/// `#[role(within = …)]` only.
///
/// A user holds such roles in one organisation and not in another. So they are in no token: the
/// server reads them for each request from the application's [`Memberships`](super::Memberships).
///
/// ```
/// use auth_core::{Role, ScopedRole};
///
/// #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
/// #[role(within = i64)]
/// enum OrgRole {
///     #[role(includes(Member))]
///     Owner,
///     Member,
/// }
///
/// assert_eq!(OrgRole::Owner.name(), "owner");
/// ```
#[diagnostic::on_unimplemented(
    message = "the roles of `{Self}` hold everywhere, not within something",
    label = "not an enum of roles within a scope",
    note = "write the role without `in …`, or give the enum a scope: `#[derive(Role, Clone, Copy)] #[role(within = OrgId)]`"
)]
pub trait ScopedRole: Copy + Send + Sync + 'static {
    /// The type of the path parameter that names where the roles hold: the organisation's id.
    type Scope: Send + Sync + 'static;

    /// Every variant, in declaration order; the index is the role's bit.
    const ALL: &'static [Self];

    /// The name of each variant in rules: snake_case, in declaration order.
    const NAMES: &'static [&'static str];

    /// For each variant, itself and all it includes, transitively.
    const INCLUDES: &'static [RoleSet];

    /// The discriminant of each variant, so that a rule can find its bit in a `const`.
    #[doc(hidden)]
    const DISCRIMINANTS: &'static [i128];

    /// Whether a user without any role in the organisation gets 404, as if there were none (the
    /// default), and not 403.
    const HIDDEN_FROM_STRANGERS: bool;

    /// This variant's bit: its index in [`ScopedRole::ALL`], always below 64.
    fn bit(self) -> u32;

    /// This variant's name in rules.
    fn name(self) -> &'static str {
        Self::NAMES[self.bit() as usize]
    }
}

/// The type of the path parameter that names where the roles of `R` hold. The derive implements it
/// for that type, so that the compiler's message about another one is short.
#[diagnostic::on_unimplemented(
    message = "the roles of `{R}` do not hold within a `{Self}`",
    label = "this path parameter has another type than `within` of `{R}` says",
    note = "give the parameter the type in `#[role(within = …)]` of `{R}`, or write `Within<{R}>` to get the proof of the check"
)]
pub trait ScopeOf<R> {}

/// One role within a scope, inside a [`Rule`](super::Rule).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopedTerm {
    pub(super) index: u32,
    role: RoleTerm,
    parameter: &'static str,
    segment: usize,
    role_enum: RoleEnum,
    includes: &'static [RoleSet],
    hidden: bool,
}

impl ScopedTerm {
    /// The term of a variant, whose discriminant is `discriminant`. The macro gives its answer the
    /// place `index` (from 0 to 63). The scope is the parameter of the path at `segment`.
    #[doc(hidden)]
    pub const fn of<R: ScopedRole>(
        _variant: R,
        discriminant: i128,
        index: u32,
        segment: usize,
        parameter: &'static str,
    ) -> ScopedTerm {
        ScopedTerm {
            index,
            role: RoleTerm::find(R::DISCRIMINANTS, R::NAMES, discriminant),
            parameter,
            segment,
            role_enum: RoleEnum::of::<R>(),
            includes: R::INCLUDES,
            hidden: R::HIDDEN_FROM_STRANGERS,
        }
    }

    /// The role's bit: its index in the enum.
    pub(crate) const fn bit(&self) -> u32 {
        self.role.bit()
    }

    /// The place of its answer among those of the rule's policies and scoped roles.
    pub(crate) const fn index(&self) -> u32 {
        self.index
    }

    /// The role's name in the rule's text.
    pub(crate) const fn name(&self) -> &'static str {
        self.role.name()
    }

    /// The segment of the route's path that names the scope.
    pub(crate) const fn segment(&self) -> usize {
        self.segment
    }

    /// The enum of the role.
    pub(crate) const fn role_enum(&self) -> RoleEnum {
        self.role_enum
    }

    /// Whether users without a role in the scope get 404.
    pub(crate) const fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether a user with these roles in the scope holds the role, or one that includes it.
    pub(crate) fn is_held_by(&self, held: RoleSet) -> bool {
        held.closure(self.includes).contains_bit(self.role.bit())
    }

    /// Whether both terms are about one scope of a request: roles of one enum in one parameter.
    pub(super) fn shares_scope_with(&self, other: &ScopedTerm) -> bool {
        self.role_enum == other.role_enum && self.segment == other.segment
    }

    /// Whether the role includes that of `other`, a term about the same scope.
    pub(super) fn includes(&self, other: &ScopedTerm) -> bool {
        other.is_held_by(RoleSet::EMPTY.with_bit(self.role.bit()))
    }
}

impl std::fmt::Display for ScopedTerm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {}", self.name(), self.parameter)
    }
}
