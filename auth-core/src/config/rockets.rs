//! What stands in the configuration for Rocket, and what of ours Rocket is to read.

use figment::Figment;
use rocket::config::LogLevel;
use rocket::http::uri::Origin;

use super::checks::refuse;
use super::explain::{check_file, describe};
use super::{Config, ConfigError};

impl Config {
    /// Checks what Rocket itself reads: that the file is well-formed, and Rocket's own settings
    /// such as `address`.
    ///
    /// [`rocket::build()`] panics where they are wrong. A program that calls this first, before
    /// [`rocket::main`](macro@rocket::main) starts the runtime, can say so in one line instead.
    ///
    /// ```
    /// use auth_core::Config;
    ///
    /// let figment = rocket::Config::figment().merge(("address", "localhost"));
    /// let refused = Config::check_rocket(&figment).expect_err("no address");
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "`address` must be an IP address such as `127.0.0.1` or `0.0.0.0`"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first setting that is wrong.
    pub fn check_rocket(figment: &Figment) -> Result<(), ConfigError> {
        check_file(figment)?;
        let config = rocket::Config::try_from(figment).map_err(|error| describe(&error, None))?;
        // No runtime starts with none.
        for (setting, number) in [("workers", config.workers), ("max_blocking", config.max_blocking)] {
            if number == 0 {
                return Err(ConfigError::new(setting, "must be at least 1").located(figment));
            }
        }
        Ok(())
    }

    /// Refuses what of Rocket's own settings would be unsafe with ours.
    pub(super) fn check_rockets(&self, figment: &Figment) -> Result<(), ConfigError> {
        let ip_header = figment.extract_inner::<String>("ip_header");
        if !self.trusted_proxies.is_empty() && ip_header.is_ok_and(|name| name.eq_ignore_ascii_case("Forwarded")) {
            return refuse(
                "ip_header",
                "must not be \"Forwarded\", whose values are not read here; make the proxy set \"X-Real-IP\" or \"X-Forwarded-For\"",
            );
        }
        // As Rocket reads it: in any case.
        let level = figment.extract_inner::<LogLevel>("log_level");
        if !self.debug && level.is_ok_and(|level| level == LogLevel::Debug) {
            return refuse(
                "log_level",
                "must not be \"debug\" outside the debug profile, since Rocket then prints request headers, and with them tokens; write \"normal\"",
            );
        }
        Ok(())
    }

    /// Refuses paths that Rocket could not mount or redirect to.
    pub(super) fn check_paths(&self) -> Result<(), ConfigError> {
        let plain = |path: &str| Origin::parse(path).is_ok_and(|uri| uri.query().is_none() && uri.is_normalized());
        if !plain(&self.mount) || self.mount == "/" || self.mount.contains(['<', '>']) {
            return refuse(
                "auth.mount",
                "must be a path such as `/api/auth`, without a query and not `/`",
            );
        }
        if self
            .sign_in_page
            .as_deref()
            // Two slashes begin the name of another server.
            .is_some_and(|page| page.starts_with("//") || Origin::parse(page).is_err())
        {
            return refuse("auth.sign_in_page", "must be a path on this server such as `/sign-in`");
        }
        Ok(())
    }
}
