//! What is refused before anything is opened: settings that do not fit the application, and a wrong
//! clock.

use serde_json::json;
use uuid::Uuid;

use super::age::EARLIEST;
use super::error::BuildError;
use crate::clock::Timestamp;
use crate::config::{Config, ConfigError, SignUp};
use crate::ids::UserId;
use crate::keys::{KeyRing, MAX_TOKEN_BYTES};
use crate::role::RoleTable;
use crate::session::SessionError;
use crate::token::app_claims::MAX_APP_CLAIMS_BYTES;

/// Refuses a list with a role that the application's enum does not have.
pub(super) fn check_roles(setting: &str, listed: &[String], roles: &RoleTable) -> Result<(), ConfigError> {
    match listed.iter().find(|role| roles.bit(role).is_none()) {
        Some(unknown) => {
            let (unknown, known) = (unknown.escape_debug(), roles.names().join(", "));
            Err(ConfigError::new(
                setting,
                format!("names `{unknown}`; there are {known}"),
            ))
        }
        None => Ok(()),
    }
}

/// Refuses flows that cannot work: with roles that there are not, or on accounts that the library
/// does not keep.
pub(super) fn check_flows(config: &Config, roles: &RoleTable, keeps_accounts: bool) -> Result<(), ConfigError> {
    check_roles("auth.flows.new_user_roles", &config.flows.new_user_roles, roles)?;
    let on_built_in_accounts = [
        ("auth.flows.sign_up", config.flows.sign_up != SignUp::Off),
        ("auth.flows.change_email", config.flows.change_email),
        ("auth.flows.delete_account", config.flows.delete_account),
    ];
    match on_built_in_accounts.into_iter().find(|(_, on)| *on) {
        Some((setting, _)) if !keeps_accounts => Err(ConfigError::new(
            setting,
            "changes accounts, and this application keeps its own: implement `AccountStore` for them, and give it to \
             the fairing with `.account_store(…)`",
        )),
        _ => Ok(()),
    }
}

/// Refuses a clock that says a time before this program was built.
pub(super) fn refuse_early(now: Timestamp) -> Result<(), BuildError> {
    if now < EARLIEST {
        Err(BuildError::Clock(now))
    } else {
        Ok(())
    }
}

/// Refuses roles of which a user could hold so many that no token of theirs would be accepted.
pub(super) fn refuse_long_tokens(
    ring: &KeyRing,
    config: &Config,
    roles: &RoleTable,
    has_claims: bool,
) -> Result<(), BuildError> {
    // Every claim at its longest.
    let mut longest = json!({
        "iss": config.issuer,
        "aud": config.audience,
        "sub": "x".repeat(UserId::MAX_LEN),
        "sid": Uuid::nil(),
        "jti": Uuid::nil(),
        "roles": roles.names(),
        "iat": i64::MAX,
        "exp": i64::MAX,
        "auth_time": i64::MAX,
        "epoch": i64::MAX,
        "rv": i64::MAX,
        "amr": ["pwd", "otp", "mfa"],
    });
    if has_claims {
        longest["app"] = "x".repeat(MAX_APP_CLAIMS_BYTES).into();
    }
    let length = ring.sign(&longest).map_err(SessionError::from)?.len();
    if length <= MAX_TOKEN_BYTES {
        return Ok(());
    }
    Err(BuildError::Roles {
        role_enum: roles.role_enum().name(),
        count: roles.names().len(),
        length,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    // security: Launch: a clock before the build
    #[test]
    fn a_clock_one_millisecond_before_the_build_is_refused_and_the_moment_itself_is_not() {
        let before = EARLIEST.minus(Duration::from_millis(1));
        let refused = refuse_early(before).expect_err("too early").to_string();
        assert!(
            refused.contains(&before.to_string()) && refused.contains("set it"),
            "{refused}"
        );
        assert!(refuse_early(EARLIEST).is_ok());
    }
}
