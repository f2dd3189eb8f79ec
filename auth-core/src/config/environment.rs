use crate::secret::SecretString;

/// What the environment may hold besides `ROCKET_…`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `JWT_ACCESS_SECRET`.
    pub access_secret: Option<SecretString>,
    /// `JWT_REFRESH_SECRET`.
    pub refresh_secret: Option<SecretString>,
    /// `AUTH_PEPPER`.
    pub pepper: Option<SecretString>,
    /// `AUTH_FACTOR_KEY`.
    pub factor_key: Option<SecretString>,
    /// `DATABASE_URL`.
    pub database_url: Option<SecretString>,
}
