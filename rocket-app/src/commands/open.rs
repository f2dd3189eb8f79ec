//! What a command works on.

use std::path::PathBuf;

use auth_core::config::Environment;
use auth_core::store::sqlite::SqliteStore;
use auth_core::{Auth, AuthBuilder, Config, RoleTable};

use super::error::CommandError;
use crate::role::AppRole;

/// The settings.
pub(super) fn config() -> Result<Config, CommandError> {
    Ok(Config::read(&crate::figment(), &Environment::read()?)?)
}

/// The database file, if there is none.
pub(super) fn missing_file(config: &Config) -> Option<PathBuf> {
    let file = SqliteStore::parse_url(config.store_url()).ok()?;
    (!file.exists()).then_some(file)
}

/// An [`Auth`] for the command line: it signs nothing, so that it needs no keys. Only a command that `creates` makes a missing
/// database: the file may have been moved from under a server that runs.
pub(super) async fn operator(creates: bool) -> Result<Auth, CommandError> {
    let mut builder = AuthBuilder::new(config()?, RoleTable::of::<AppRole>()).for_operator();
    if !creates {
        builder = builder.of_existing_database();
    }
    Ok(builder.build().await?)
}
