//! Syntax → meaning: what the macros' input says, checked. Everything here can be expanded.

mod logic;
mod names;
mod role_enum;
mod rule;

use syn::LitStr;

pub(crate) use role_enum::{RoleEnum, RoleVariant};
pub(crate) use rule::{Expr, Rule};

/// Who may pass, as one of the three attributes says it.
pub(crate) enum Decision {
    Public { reason: LitStr },
    Authenticated,
    Rule(Rule),
}
