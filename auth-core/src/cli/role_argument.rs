//! A role on the command line.

use std::convert::Infallible;
use std::str::FromStr;

use crate::role::{Role, UnknownRole};

/// A role as an operator typed it, in any case. An unknown name becomes an error of the command,
/// with one line and exit code 1. Every mistake about the application's data is reported that way.
#[derive(Clone)]
pub(super) struct RoleArgument<R>(Result<R, UnknownRole>);

impl<R: Role> FromStr for RoleArgument<R> {
    type Err = Infallible;

    fn from_str(typed: &str) -> Result<RoleArgument<R>, Infallible> {
        Ok(RoleArgument(UnknownRole::or_role(typed)))
    }
}

/// The roles, in the order typed.
pub(super) fn roles<R: Role>(typed: Vec<RoleArgument<R>>) -> Result<Vec<R>, UnknownRole> {
    typed.into_iter().map(|role| role.0).collect()
}

/// The roles of `R` in a sentence: `admin, editor or viewer`.
pub(super) fn listed<R: Role>() -> String {
    match R::NAMES {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
