/// A setting that cannot be used; the message names it and says what would do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}` {problem}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The setting, as it is written: `auth.tokens.access_ttl`, `JWT_ACCESS_SECRET`.
    pub setting: String,
    /// What is wrong with it and what to write instead; never the value of a secret.
    pub problem: String,
}

impl ConfigError {
    /// A setting, and what is wrong with it.
    pub fn new(setting: impl Into<String>, problem: impl Into<String>) -> ConfigError {
        ConfigError {
            setting: setting.into(),
            problem: problem.into(),
        }
    }
}
