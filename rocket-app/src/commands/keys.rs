use auth_core::keys::{GenerateError, KeyAlgorithm, generate_key};

use super::error::CommandError;
use super::output;

/// Prints a new key.
pub(super) fn generate(algorithm: &str) -> Result<(), CommandError> {
    let algorithm: KeyAlgorithm = algorithm.parse().map_err(GenerateError::from)?;
    output::line(generate_key(algorithm)?.expose().trim_end())
}
