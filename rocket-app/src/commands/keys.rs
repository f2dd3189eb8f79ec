use auth_core::keys::generate_secret;
use auth_core::session::SessionError;

use super::CommandError;

/// Prints a new secret.
pub(super) fn generate(alg: &str) -> Result<(), CommandError> {
    if !alg.eq_ignore_ascii_case("HS256") {
        return Err(CommandError::Algorithm(alg.escape_debug().to_string()));
    }
    println!("{}", generate_secret().map_err(SessionError::from)?.expose());
    Ok(())
}
