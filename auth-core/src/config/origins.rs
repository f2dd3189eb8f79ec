//! Origins, as browsers write them, and the settings that open the server to their pages.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::checks::refuse;
use super::{Config, ConfigError, Cors, SameSite};

impl Config {
    /// What opens the server to pages of other origins names these origins.
    pub(super) fn check_origins(&self) -> Result<(), ConfigError> {
        let none_listed = self.allowed_origins.is_empty();
        if self.cors != Cors::Off && none_listed {
            return refuse(
                "auth.cors",
                "needs `auth.allowed_origins`: list the origins whose pages may read answers",
            );
        }
        let same_sites = [
            ("auth.cookie.same_site", Some(self.cookie.same_site)),
            ("auth.cookie.access_same_site", self.cookie.access_same_site),
        ];
        for (setting, same_site) in same_sites {
            if same_site != Some(SameSite::None) {
                continue;
            }
            if none_listed {
                return refuse(
                    setting,
                    "is \"None\", which needs `auth.allowed_origins`: list the origins whose pages may use the cookies",
                );
            }
            if !self.cookies_are_secure() {
                return refuse(
                    setting,
                    "is \"None\", which browsers take for a Secure cookie only: set `auth.cookie.secure = true`",
                );
            }
        }
        let is_for_other_sites = same_sites
            .iter()
            .any(|(_, same_site)| *same_site == Some(SameSite::None));
        if self.cookie.partitioned && !is_for_other_sites {
            return refuse(
                "auth.cookie.partitioned",
                "has no effect without `auth.cookie.same_site = \"None\"`",
            );
        }
        if self.cookie.access_same_site.is_some() && !self.cookie.access {
            return refuse(
                "auth.cookie.access_same_site",
                "has no effect without the access cookie: turn `auth.cookie.access` on",
            );
        }
        Ok(())
    }
}

/// The origin as a browser sends it: lower case, without the port that the scheme implies; or why
/// no browser sends it.
pub(super) fn normalised(text: &str) -> Result<String, &'static str> {
    let (scheme, authority) = text.split_once("://").ok_or("it does not begin with `https://`")?;
    let (scheme, implied_port) = match scheme.to_ascii_lowercase().as_str() {
        "https" => ("https", "443"),
        "http" => ("http", "80"),
        _ => return Err("it begins with neither `https://` nor `http://`"),
    };
    if authority.contains('*') {
        return Err("`*` stands for nothing; list each origin");
    }
    if authority.contains(['/', '?', '#', '@']) {
        return Err("an origin is a scheme, a host and a port and nothing else, not even a `/` at its end");
    }
    // The colons of an IPv6 address stand between brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    if !port.is_none_or(is_port) {
        return Err("its port is not a number from 1 to 65535");
    }
    let port = port
        .map(|port| port.trim_start_matches('0'))
        .filter(|port| *port != implied_port);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{}{port}", normalised_host(host)?))
}

fn normalised_host(host: &str) -> Result<String, &'static str> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| "its host is not an IPv6 address")?;
        return match address.to_ipv4_mapped() {
            Some(_) => Err("its host is an IPv4 address in the form of IPv6; write the IPv4 address"),
            None => Ok(format!("[{address}]")),
        };
    }
    if !host.is_ascii() {
        return Err("its host has letters outside ASCII, which browsers send in the form `xn--…`");
    }
    let host = host.to_ascii_lowercase();
    let name = host.strip_suffix('.').unwrap_or(&host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err("its host is not a name or an address");
    }
    // Browsers take a name whose last label is a number for an IPv4 address, and write it in one
    // way.
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if is_number && (host.ends_with('.') || name.parse::<Ipv4Addr>().is_err()) {
        return Err("its host is not an IPv4 address");
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for (written, sent) in [
            ("https://app.example.com", "https://app.example.com"),
            ("HTTPS://App.Example.COM", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("https://app.example.com:0443", "https://app.example.com"),
            ("http://app.example.com:80", "http://app.example.com"),
            ("https://app.example.com:80", "https://app.example.com:80"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://192.0.2.1:8000", "http://192.0.2.1:8000"),
            ("http://[2001:DB8:0::1]:80", "http://[2001:db8::1]"),
            ("https://[::1]:8443", "https://[::1]:8443"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("https://app.example.com.", "https://app.example.com."),
        ] {
            assert_eq!(normalised(written).as_deref(), Ok(sent), "{written}");
        }
    }

    #[test]
    fn an_origin_that_no_browser_sends_is_refused() {
        for never in [
            "",
            "null",
            "app.example.com",
            "//app.example.com",
            "https:app.example.com",
            "https://",
            "https://:443",
            "https://*.example.com",
            "https://*",
            "*",
            "https://app.example.com/",
            "https://app.example.com/page",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://user@app.example.com",
            "https://app.example.com:",
            "https://app.example.com:0",
            "https://app.example.com:65536",
            "https://app.example.com:+443",
            "https://app.example.com:https",
            "https://app..example.com",
            "https://.example.com",
            "https://app.example.com..",
            "https://app example.com",
            " https://app.example.com",
            "https://app.example.com\n",
            "https://b\u{fc}cher.example",
            "https://127.1",
            "https://192.0.2.256",
            "https://192.0.2.1.",
            "https://0x7f.1",
            "https://example.0x1",
            "https://2001:db8::1",
            "https://[2001:db8::1",
            "https://[::ffff:192.0.2.1]",
            "https://[::1%eth0]",
            "ftp://app.example.com",
            "file://",
            "https://https://app.example.com",
        ] {
            assert!(normalised(never).is_err(), "{never:?}");
        }
    }
}
