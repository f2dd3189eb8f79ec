//! Every good shape of a handler, a rule, a policy and a role enum: it compiles without a warning.

#![allow(
    clippy::module_inception,
    clippy::non_minimal_cfg,
    reason = "shapes of applications, not ours"
)]

mod called_directly;
mod guard_structs;
mod handlers;
mod hierarchy;
mod hygiene;
mod inside_macros;
mod other_guards;
mod other_spellings;
mod policies;
mod raw_identifier;
mod roles;
mod rules;
mod scopes;
mod sign_ins;
