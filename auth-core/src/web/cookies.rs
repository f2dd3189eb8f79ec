//! The two cookies: their names, how they are set and cleared, and how they are read from the raw
//! header.

use rocket::http::{Cookie, SameSite as RocketSameSite};
use rocket::request::Request;
use rocket::time::Duration;

use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use crate::config::{Config, SameSite};

/// The most values of one name that are looked at. A browser sends more than one only where another
/// host planted some.
const MAX_VALUES: usize = 4;

/// One of the two cookies, with the attributes the configuration gives it.
#[derive(Clone, Debug)]
pub(crate) struct CookieSpec {
    name: String,
    path: String,
    secure: bool,
    same_site: RocketSameSite,
    partitioned: bool,
}

impl CookieSpec {
    /// `refresh_token`, on the configured path.
    pub(crate) fn refresh(config: &Config) -> CookieSpec {
        CookieSpec::new("refresh_token", &config.cookie.path, config.cookie.same_site, config)
    }

    /// The refresh cookie of the first version, whose default path was that of the endpoints. A
    /// browser may still hold it where the cookie has the path and the name that are default now.
    pub(crate) fn former_refresh(config: &Config) -> Option<CookieSpec> {
        let is_default = config.cookie.path == "/" && config.cookie.name_suffix.is_none();
        is_default.then(|| CookieSpec::new("refresh_token", &config.mount, config.cookie.same_site, config))
    }

    /// `access_token`, on every path.
    pub(crate) fn access(config: &Config) -> CookieSpec {
        let same_site = config.cookie.access_same_site.unwrap_or(config.cookie.same_site);
        CookieSpec::new("access_token", "/", same_site, config)
    }

    fn new(name: &str, path: &str, same_site: SameSite, config: &Config) -> CookieSpec {
        let secure = config.cookies_are_secure();
        // The strongest prefix that browsers will hold to these attributes (RFC 6265bis §4.1.3).
        let prefix = match (secure, path) {
            (true, "/") => "__Host-",
            (true, _) => "__Secure-",
            (false, _) => "",
        };
        let suffix = config.cookie.name_suffix.as_deref().unwrap_or_default();
        CookieSpec {
            name: format!("{prefix}{name}{suffix}"),
            path: path.to_owned(),
            secure,
            same_site: match same_site {
                SameSite::Strict => RocketSameSite::Strict,
                SameSite::Lax => RocketSameSite::Lax,
                SameSite::None => RocketSameSite::None,
            },
            // Each cookie that another site may send is one of that site alone.
            partitioned: config.cookie.partitioned && same_site == SameSite::None,
        }
    }

    /// The `Set-Cookie` that sets it for `max_age` seconds.
    pub(crate) fn set(&self, value: &str, max_age: std::time::Duration) -> String {
        self.build(value)
            .max_age(max_age.try_into().unwrap_or(Duration::MAX))
            .build()
            .to_string()
    }

    /// The `Set-Cookie` that clears it.
    pub(crate) fn clear(&self) -> String {
        let mut cookie = self.build("").build();
        cookie.make_removal();
        cookie.to_string()
    }

    fn build<'c>(&'c self, value: &'c str) -> rocket::http::private::cookie::CookieBuilder<'c> {
        Cookie::build((self.name.as_str(), value))
            .path(self.path.as_str())
            .secure(self.secure)
            .http_only(true)
            .same_site(self.same_site)
            .partitioned(self.partitioned)
    }

    /// Its name, prefix included.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The different values that the request gives this cookie, from the raw header: Rocket's jar
    /// decodes names, and lets the last of two win. More than four are `several_credentials`, so
    /// that a request cannot buy work with cookies.
    pub(crate) fn values<'r>(&self, request: &'r Request<'_>) -> Result<Vec<&'r str>, AuthError> {
        let mut values: Vec<&str> = Vec::new();
        for header in request.headers().get("Cookie") {
            for pair in header.split(';') {
                let Some((name, value)) = pair.split_once('=') else {
                    continue;
                };
                if name.trim_matches([' ', '\t']) == self.name {
                    let value = value.trim_matches([' ', '\t']);
                    if value.is_empty() || values.contains(&value) {
                        continue;
                    }
                    if values.len() == MAX_VALUES {
                        return Err(AuthError::new(AuthErrorKind::SeveralCredentials));
                    }
                    values.push(value);
                }
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(secure: bool, path: &str) -> Config {
        let mut config = Config::default();
        config.cookie.secure = Some(secure);
        config.cookie.path = path.to_owned();
        config
    }

    // security: Cookies and CSRF: Attributes and the strongest prefix they allow
    #[test]
    fn the_name_has_the_strongest_prefix_its_attributes_allow() {
        for (secure, path, name) in [
            (true, "/", "__Host-refresh_token"),
            (true, "/api/auth", "__Secure-refresh_token"),
            (false, "/", "refresh_token"),
            (false, "/api/auth", "refresh_token"),
        ] {
            assert_eq!(CookieSpec::refresh(&config(secure, path)).name, name);
        }
        assert_eq!(
            CookieSpec::access(&config(true, "/api/auth")).name,
            "__Host-access_token"
        );
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_text() {
        let cookie = CookieSpec::refresh(&config(true, "/")).set("v", std::time::Duration::from_secs(60));
        for part in [
            "__Host-refresh_token=v",
            "HttpOnly",
            "SameSite=Strict",
            "Secure",
            "Path=/;",
            "Max-Age=60",
        ] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
        let cleared = CookieSpec::refresh(&config(true, "/api/auth")).clear();
        assert!(cleared.contains("Max-Age=0") && cleared.contains("Path=/api/auth") && cleared.contains("Secure"));
    }
}
