//! Syntax → meaning: what the macros' input says, checked. Everything here can be expanded.

mod expr;
mod options;
mod policy;
mod redundancy;
mod role_enum;
mod rule;

use syn::Expr as Constant;

pub(crate) use expr::Expr;
pub(crate) use options::Options;
pub(crate) use policy::{Argument, Policy};
pub(crate) use role_enum::{RoleEnum, RoleVariant};
pub(crate) use rule::Rule;

/// What one of the three attributes states.
pub(crate) struct Statement {
    pub(crate) decision: Decision,
    pub(crate) options: Options,
}

impl Statement {
    /// A statement that lets nobody in: what stands in for one with mistakes.
    pub(crate) fn nobody() -> Statement {
        Statement {
            decision: Decision::Rule(Rule::nobody()),
            options: Options::default(),
        }
    }
}

/// Who may pass, as one of the three attributes says it.
pub(crate) enum Decision {
    /// Any constant expression of type `&'static str`.
    Public {
        reason: Constant,
    },
    Authenticated,
    Rule(Rule),
}
