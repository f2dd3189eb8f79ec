use auth_core::keys::generate_key;

use super::CommandError;

/// Prints a new key.
pub(super) fn generate(algorithm: &str) -> Result<(), CommandError> {
    println!("{}", generate_key(algorithm.parse()?)?.expose().trim_end());
    Ok(())
}
