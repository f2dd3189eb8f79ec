use std::time::Duration;

use figment::Figment;

use super::{Config, ConfigError, TokenSource};
use crate::store::{Pooler, RotationMode};

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

impl Config {
    /// Refuses what cannot be right. Keys are judged where they are made into rings.
    pub(super) fn check(&mut self, figment: &Figment) -> Result<(), ConfigError> {
        self.check_names()?;
        self.check_times()?;
        #[cfg(feature = "rocket")]
        self.check_paths()?;
        self.check_cookies()?;
        self.check_origins()?;
        if !(12..=15).contains(&self.passwords.bcrypt_cost) {
            return refuse("auth.passwords.bcrypt_cost", "must be from 12 to 15");
        }
        if self
            .passwords
            .max_concurrent_hashes
            .is_some_and(|permits| !(1..=1024).contains(&permits))
        {
            return refuse("auth.passwords.max_concurrent_hashes", "must be from 1 to 1024");
        }
        if self.passwords.max_wait > Duration::from_secs(30) {
            return refuse("auth.passwords.max_wait", "must be at most 30 s");
        }
        if self.tokens.cache_size > 1_000_000 {
            return refuse("auth.tokens.cache_size", "must be at most 1000000");
        }
        if self.postgres.pool_size.is_some_and(|size| !(1..=500).contains(&size)) {
            return refuse("auth.postgres.pool_size", "must be from 1 to 500");
        }
        let listens = || figment.extract_inner::<bool>("auth.postgres.listen").unwrap_or(false);
        if self.postgres.pooler == Pooler::Transaction && listens() {
            return refuse(
                "auth.postgres.listen",
                "has no effect behind a pooler in transaction mode, which cannot `LISTEN`: remove it or write `false`",
            );
        }
        if self.token_sources.is_empty() {
            return refuse("auth.token_sources", "must name \"header\", \"cookie\" or both");
        }
        if self
            .token_sources
            .iter()
            .filter(|source| **source == TokenSource::Cookie)
            .count()
            > 1
        {
            return refuse("auth.token_sources", "names \"cookie\" twice");
        }
        if !(1..=10_000).contains(&self.sessions.max_per_user) {
            return refuse("auth.sessions.max_per_user", "must be from 1 to 10000");
        }
        self.check_audit()?;
        self.check_flows()?;
        self.check_second_factor()?;
        #[cfg(feature = "rocket")]
        self.check_rockets(figment)?;
        Ok(())
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        for (setting, name) in [("auth.issuer", &self.issuer), ("auth.audience", &self.audience)] {
            // The issuer also stands as `realm` inside the quotes of a header.
            let printable = name
                .bytes()
                .all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\');
            if name.trim().is_empty() || name.len() > 256 || !printable {
                return refuse(setting, "must be 1 to 256 printable ASCII characters without quotes");
            }
        }
        Ok(())
    }

    fn check_audit(&self) -> Result<(), ConfigError> {
        // RFC 9110 §5.1: a field name is a token.
        let is_token = |name: &String| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        if !self.request_id_header.as_ref().is_none_or(is_token) {
            return refuse(
                "auth.request_id_header",
                "must be the name of a header such as \"X-Request-Id\"",
            );
        }
        if self.request_id_header.is_some() && self.trusted_proxies.is_empty() {
            return refuse(
                "auth.request_id_header",
                "is believed from `auth.trusted_proxies` only; name the proxy there",
            );
        }
        Ok(())
    }

    fn check_times(&self) -> Result<(), ConfigError> {
        // JWT times are whole seconds; a fraction would be cut without a word.
        for (setting, span) in [
            ("auth.tokens.access_ttl", self.tokens.access_ttl),
            ("auth.sessions.idle_timeout", self.sessions.idle_timeout),
            ("auth.sessions.max_age", self.sessions.max_age),
            ("auth.tokens.leeway", self.tokens.leeway),
        ] {
            if span.subsec_nanos() != 0 {
                return refuse(setting, "must be whole seconds");
            }
        }
        if self.tokens.access_ttl.is_zero() || self.tokens.access_ttl > HOUR {
            return refuse("auth.tokens.access_ttl", "must be more than 0 s and at most 1 h");
        }
        if self.sessions.idle_timeout < self.tokens.access_ttl + self.tokens.leeway {
            return refuse(
                "auth.sessions.idle_timeout",
                "must be at least `auth.tokens.access_ttl` and `auth.tokens.leeway` together, or an access token outlives its idle session",
            );
        }
        if self.sessions.idle_timeout > self.sessions.max_age {
            return refuse(
                "auth.sessions.idle_timeout",
                "must not be longer than `auth.sessions.max_age`: the idle end would lie behind the absolute one",
            );
        }
        if self.sessions.max_age > HOUR * 24 * 3650 {
            return refuse("auth.sessions.max_age", "must be at most 3650 days");
        }
        if self.tokens.leeway > MINUTE {
            return refuse("auth.tokens.leeway", "must be at most 60 s");
        }
        if self.sessions.refresh_grace > MINUTE * 5 || self.sessions.refresh_grace >= self.sessions.idle_timeout {
            return refuse(
                "auth.sessions.refresh_grace",
                "must be at most 5 min and shorter than `auth.sessions.idle_timeout`",
            );
        }
        if !(Duration::from_millis(100)..=MINUTE).contains(&self.revocation.poll_interval) {
            return refuse("auth.revocation.poll_interval", "must be from 100 ms to 60 s");
        }
        if self.sessions.cleanup_interval > HOUR * 24 * 30 {
            return refuse(
                "auth.sessions.cleanup_interval",
                "must be at most 30 days; \"0s\" turns it off",
            );
        }
        Ok(())
    }

    fn check_cookies(&self) -> Result<(), ConfigError> {
        if self.cookie.secure == Some(false) && !self.debug {
            return refuse("auth.cookie.secure", "must not be false outside the debug profile");
        }
        let path = &self.cookie.path;
        if !path.starts_with('/') || path.bytes().any(|b| !b.is_ascii_graphic() || b == b';') {
            return refuse("auth.cookie.path", "must be a path that starts with `/`");
        }
        // RFC 6265 §5.1.4: the cookie reaches the endpoints only when its path is a prefix on a
        // segment's border.
        let covers = self.mount == *path
            || self
                .mount
                .strip_prefix(path.as_str())
                .is_some_and(|rest| path.ends_with('/') || rest.starts_with('/'));
        if !covers {
            return refuse(
                "auth.cookie.path",
                format!(
                    "must contain `auth.mount` ({}), or no refresh finds its cookie",
                    self.mount
                ),
            );
        }
        let is_suffix = |suffix: &String| {
            (1..=32).contains(&suffix.len()) && suffix.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !self.cookie.name_suffix.as_ref().is_none_or(is_suffix) {
            return refuse(
                "auth.cookie.name_suffix",
                "must be 1 to 32 letters, digits, `-`, `_` and `.`, such as \"_admin\"",
            );
        }
        if self.sessions.refresh_pages && *path != "/" {
            return refuse(
                "auth.sessions.refresh_pages",
                format!(
                    "needs the refresh cookie on every page, and `auth.cookie.path` is {path:?}: write `path = \"/\"`, or leave \
                     `refresh_pages` out"
                ),
            );
        }
        if self.sessions.refresh_pages && self.sessions.rotation == RotationMode::Strict {
            return refuse(
                "auth.sessions.refresh_pages",
                "needs `auth.sessions.rotation = \"recoverable\"`: a browser that leaves a page early loses the new cookie",
            );
        }
        if self.sessions.refresh_pages && !self.cookie.access {
            return refuse(
                "auth.sessions.refresh_pages",
                "has no effect without the access cookie: turn `auth.cookie.access` on",
            );
        }
        if self.cookie.access && !self.reads_access_cookie() {
            return refuse(
                "auth.token_sources",
                "must contain \"cookie\" when `auth.cookie.access` is on",
            );
        }
        Ok(())
    }
}

pub(super) fn refuse(setting: &str, problem: impl Into<String>) -> Result<(), ConfigError> {
    Err(ConfigError::new(setting, problem))
}

#[cfg(test)]
mod tests {
    use figment::providers::{Format, Toml};

    use super::*;
    use crate::config::Environment;

    fn setting_refused(profile: &str, toml: &str) -> Option<String> {
        let defaults = if profile == "debug" {
            rocket::Config::debug_default()
        } else {
            rocket::Config::release_default()
        };
        let figment = Figment::from(defaults).merge(Toml::string(toml)).select(profile);
        Config::read(&figment, &Environment::default())
            .err()
            .map(|error| error.setting)
    }

    #[test]
    fn every_value_out_of_range_is_refused_by_the_name_of_its_setting() {
        for (line, setting) in [
            ("passwords.bcrypt_cost = 11", "auth.passwords.bcrypt_cost"),
            ("passwords.bcrypt_cost = 16", "auth.passwords.bcrypt_cost"),
            (
                "passwords.max_concurrent_hashes = 0",
                "auth.passwords.max_concurrent_hashes",
            ),
            ("passwords.max_wait = \"31s\"", "auth.passwords.max_wait"),
            ("tokens.cache_size = 1000001", "auth.tokens.cache_size"),
            ("postgres.pool_size = 0", "auth.postgres.pool_size"),
            ("postgres.pool_size = 501", "auth.postgres.pool_size"),
            (
                "passwords.max_concurrent_hashes = 1025",
                "auth.passwords.max_concurrent_hashes",
            ),
            ("postgres = { pooler = \"session\" }", "auth.postgres.pooler"),
            (
                "postgres = { listen = true, pooler = \"transaction\" }",
                "auth.postgres.listen",
            ),
            ("tokens.access_ttl = \"0s\"", "auth.tokens.access_ttl"),
            ("tokens.access_ttl = \"3601s\"", "auth.tokens.access_ttl"),
            ("tokens.access_ttl = \"1500ms\"", "auth.tokens.access_ttl"),
            ("sessions.idle_timeout = \"31d\"", "auth.sessions.idle_timeout"),
            ("tokens.leeway = \"61s\"", "auth.tokens.leeway"),
            ("sessions.refresh_grace = \"6m\"", "auth.sessions.refresh_grace"),
            ("revocation.poll_interval = \"5ms\"", "auth.revocation.poll_interval"),
            ("sessions.cleanup_interval = \"31d\"", "auth.sessions.cleanup_interval"),
            ("issuer = \"\"", "auth.issuer"),
            ("audience = \" \"", "auth.audience"),
            ("issuer = 'a\"b'", "auth.issuer"),
            ("token_sources = []", "auth.token_sources"),
            ("cookie = { access = true }", "auth.token_sources"),
            ("cookie = { name_suffix = \"\" }", "auth.cookie.name_suffix"),
            ("cookie = { name_suffix = \"=x\" }", "auth.cookie.name_suffix"),
            ("cookie = { path = \"/other\" }", "auth.cookie.path"),
            ("cookie = { path = \"/api/au\" }", "auth.cookie.path"),
            (
                "cookie = { same_site = \"None\", secure = true }",
                "auth.cookie.same_site",
            ),
            (
                "cookie = { same_site = \"None\" }\nallowed_origins = [\"https://a.example\"]",
                "auth.cookie.same_site",
            ),
            (
                "cookie = { access_same_site = \"None\", secure = true }",
                "auth.cookie.access_same_site",
            ),
            ("cookie = { partitioned = true }", "auth.cookie.partitioned"),
            (
                "cookie = { access_same_site = \"Lax\" }",
                "auth.cookie.access_same_site",
            ),
            ("cors = \"all\"", "auth.cors"),
            ("cors = \"*\"", "auth.cors"),
            ("mount = \"/\"", "auth.mount"),
            ("mount = \"auth\"", "auth.mount"),
            ("allowed_origins = [\"https://a.example/\"]", "auth.allowed_origins"),
            ("allowed_origins = [\"null\"]", "auth.allowed_origins"),
            ("allowed_origins = [\"https://*.a.example\"]", "auth.allowed_origins"),
            ("trusted_proxies = [\"10.0.0\"]", "auth.trusted_proxies.0"),
            ("trusted_proxies = [\"::1\", \"0.0.0.0/0\"]", "auth.trusted_proxies.1"),
            ("sign_in_page = \"https://evil.example\"", "auth.sign_in_page"),
            ("sign_in_page = \"//evil.example/x\"", "auth.sign_in_page"),
            ("sign_in_page = '/\\evil.example/x'", "auth.sign_in_page"),
            ("sign_in_page = \"/\\t/evil.example/x\"", "auth.sign_in_page"),
        ] {
            assert_eq!(
                setting_refused("debug", &format!("[auth]\n{line}")).as_deref(),
                Some(setting),
                "{line}"
            );
        }
    }

    #[test]
    fn a_release_refuses_what_the_debug_profile_allows() {
        let insecure = "[default.auth]\ncookie = { secure = false }";
        let nested = |toml: &str, profile: &str| {
            let defaults = if profile == "debug" {
                rocket::Config::debug_default()
            } else {
                rocket::Config::release_default()
            };
            let figment = Figment::from(defaults)
                .merge(Toml::string(toml).nested())
                .select(profile);
            Config::read(&figment, &Environment::default())
                .err()
                .map(|error| error.setting)
        };
        assert_eq!(nested(insecure, "debug"), None);
        assert_eq!(nested(insecure, "release").as_deref(), Some("auth.cookie.secure"));
        assert_eq!(
            nested("[release]\nlog_level = \"debug\"", "release").as_deref(),
            Some("log_level")
        );
        assert_eq!(
            nested("[production]\nlog_level = \"debug\"", "production").as_deref(),
            Some("log_level")
        );
    }

    #[test]
    fn boundaries_are_inside() {
        for line in [
            "tokens.access_ttl = \"1h\"",
            "trusted_proxies = [\"10.0.0.0/8\", \"::1\"]",
            "sign_in_page = \"/sign-in?next=//here\"",
            "allowed_origins = [\"https://App.example:443\"]",
            "tokens.leeway = \"60s\"",
            "sessions.refresh_grace = \"0s\"",
            "passwords.bcrypt_cost = 15",
            "passwords.max_wait = \"0s\"",
            "passwords.max_wait = \"30s\"",
            "sessions.idle_timeout = \"30d\"",
            "cookie = { name_suffix = \"_admin\" }",
            "cookie = { same_site = \"None\", partitioned = true, secure = true }\nallowed_origins = [\"https://a.example\"]",
            "cors = \"endpoints\"\nallowed_origins = [\"https://a.example\"]",
            "cookie = { path = \"/\" }",
            "cookie = { path = \"/api\" }",
        ] {
            assert_eq!(setting_refused("debug", &format!("[auth]\n{line}")), None, "{line}");
        }
    }
}
