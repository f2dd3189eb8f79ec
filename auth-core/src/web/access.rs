use crate::role::{Decision, RoleEnum};

/// A handler, or a guard struct, that states who may pass.
///
/// Implemented by `#[require_role(…)]`, `#[authenticated]` and `#[public("why")]`, for the unit type
/// that Rocket generates for each handler. There is no reason to implement it by hand.
pub trait AccessRule: Send + Sync + 'static {
    /// Who may pass.
    const DECISION: Decision;

    /// The enum whose roles the decision names; `None` where it names none.
    const ROLES: Option<RoleEnum>;
}

/// An [`AccessRule`], as `guarded_routes!` asks for it. Only a second trait, implemented for every type that has the first, keeps
/// the compiler's message to what is missing: for the first alone it would add a list of other handlers that have a rule.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who may use it",
    label = "this handler has no access decision",
    note = "write one of these above the handler's route attribute:\n\
            `#[require_role(YourRole::Variant)]`, `#[authenticated]`, `#[public(\"why\")]`"
)]
pub trait Decided: AccessRule {}

#[diagnostic::do_not_recommend]
impl<H: AccessRule> Decided for H {}
