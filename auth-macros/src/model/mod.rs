//! Syntax → meaning: what the macros' input says, checked. Everything here can be expanded.

mod expr;
mod options;
mod policy;
mod redundancy;
mod role_enum;
mod rule;
mod scoped;
mod statement;

pub(crate) use expr::Expr;
pub(crate) use policy::{Argument, Policy};
pub(crate) use role_enum::RoleEnum;
pub(crate) use rule::Rule;
pub(crate) use scoped::{WithinParameter, is_within};
pub(crate) use statement::{Decision, Statement};
