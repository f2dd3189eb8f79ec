//! The command line of the demo.

use auth_core::cli::{CommandError, Operator};

use crate::logs::Format;
use crate::reports::Reports;
use crate::role::AppRole;
use crate::{figment, serve, with_routes};

/// The command line: the library's, with what the demo has of its own.
pub fn operator() -> Operator<AppRole> {
    Operator::new(|| with_routes(rocket::custom(figment())))
        .name("rocket-app")
        .about(
            "The demo of auth-core. Settings: `Rocket.toml`, `ROCKET_…`, `JWT_ACCESS_SECRET`, `JWT_REFRESH_SECRET`, \
             `DATABASE_URL`",
        )
        .version(env!("CARGO_PKG_VERSION"))
        .configuration(figment)
        .keeping(AppRole::Admin)
        .check(|figment| Format::read(figment).map(drop).map_err(CommandError::from))
        .migrate(async |auth| {
            Reports::open(auth.config())
                .await
                .map(drop)
                .map_err(CommandError::application)
        })
        .serve(serve::serve)
}
