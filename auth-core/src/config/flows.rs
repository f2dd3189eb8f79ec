//! The tables `auth.flows` and `auth.smtp`, and `auth.public_url`: what is in them, and what cannot
//! be right.

use super::checks::refuse;
use super::{Config, ConfigError, origins};
use crate::account::check_email;
use crate::secret::SecretString;

/// The table `auth.flows`: what users can do with their accounts by themselves. Each is off by
/// default, and its path then answers 404.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FlowsConfig {
    /// Who may make an account: operators only (`"off"`), users with an invitation (`"invited"`),
    /// or every client that proves a mailbox (`"open"`). Default `"off"`.
    pub sign_up: SignUp,
    /// The roles of an account that its user made with `sign_up = "open"`. Default: none.
    pub new_user_roles: Vec<String>,
    /// Whether a user can set a new password by a link in a mail. Default `false`.
    pub reset: bool,
    /// Whether a signed-in user can change the e-mail address. Default `false`.
    pub change_email: bool,
    /// Whether a user can sign in by a link in a mail, without the password. Default `false`.
    pub magic_link: bool,
    /// Whether a signed-in user can delete the account. Default `false`.
    pub delete_account: bool,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SignUp {
    /// Operators only.
    #[default]
    Off,
    /// A user with an invitation.
    Invited,
    /// Every client that proves a mailbox.
    Open,
}

impl FlowsConfig {
    /// The first setting that sends mails, if one is on.
    pub(crate) fn sending(&self) -> Option<&'static str> {
        let on = [
            ("auth.flows.sign_up", self.sign_up != SignUp::Off),
            ("auth.flows.reset", self.reset),
            ("auth.flows.change_email", self.change_email),
            ("auth.flows.magic_link", self.magic_link),
        ];
        on.into_iter().find(|(_, on)| *on).map(|(setting, _)| setting)
    }
}

/// The table `auth.smtp`: the mail server. It needs the feature `smtp`.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SmtpConfig {
    /// The server as a URL: `smtps://user:password@mail.example.com`, or
    /// `smtp://user:password@mail.example.com?tls=required` for STARTTLS. Without TLS only on this
    /// machine: `smtp://localhost:25`. It is secret, for the password in it. Default: none.
    pub url: Option<SecretString>,
    /// The sender: `"App <no-reply@example.com>"`, or the address alone. Default: none.
    pub from: Option<String>,
}

impl Config {
    pub(super) fn check_flows(&mut self) -> Result<(), ConfigError> {
        if let Some(url) = &self.public_url {
            self.public_url = Some(public(url, self.debug).map_err(|why| ConfigError::new("auth.public_url", why))?);
        } else if let Some(flow) = self.flows.sending() {
            return refuse(
                "auth.public_url",
                format!("is required by `{flow}`, which sends links: write the address of your site"),
            );
        }
        if !self.flows.new_user_roles.is_empty() && self.flows.sign_up != SignUp::Open {
            return refuse(
                "auth.flows.new_user_roles",
                "has no effect without `auth.flows.sign_up = \"open\"`",
            );
        }
        self.check_smtp()
    }

    fn check_smtp(&self) -> Result<(), ConfigError> {
        match (&self.smtp.url, &self.smtp.from) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return refuse("auth.smtp.url", "is missing beside `auth.smtp.from`"),
            (Some(_), None) => {
                return refuse("auth.smtp.from", "is missing: write the sender of the mails");
            }
            (Some(url), Some(from)) => {
                if let Err(why) = check_server(url.expose()) {
                    return refuse("auth.smtp.url", why);
                }
                let address = from.split_once('<').map_or(from.as_str(), |(_, rest)| rest);
                if check_email(address.trim_end_matches('>')).is_err() {
                    return refuse(
                        "auth.smtp.from",
                        "must be an address, such as \"App <no-reply@example.com>\"",
                    );
                }
            }
        }
        Ok(())
    }
}

/// The address of the site without a slash at its end.
fn public(url: &str, is_debug: bool) -> Result<String, String> {
    let written = "must be the address of your site, such as \"https://app.example.com\"";
    let bare = url.strip_suffix('/').unwrap_or(url);
    let host_at = bare.find("://").map(|at| at + 3).ok_or(written)?;
    let path_at = bare[host_at..].find('/').map_or(bare.len(), |at| host_at + at);
    let (origin, path) = bare.split_at(path_at);
    let is_path = |path: &str| path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b));
    let is_odd = |part: &str| matches!(part, "" | "." | "..");
    if !is_path(path) || path.split('/').skip(1).any(is_odd) {
        return Err(format!("{written}: its path may have letters, digits and `-._~` only"));
    }
    let origin = origins::normalised(origin).map_err(|why| format!("{written}: {why}"))?;
    let is_plain = origin.starts_with("http://");
    if is_plain && !is_debug && !is_loopback(host_of(&origin["http://".len()..])) {
        return Err("must begin with `https://` outside the debug profile: its links sign users in".to_owned());
    }
    Ok(format!("{origin}{path}"))
}

fn check_server(url: &str) -> Result<(), &'static str> {
    const WRITTEN: &str = "must be a URL such as `smtps://user:password@mail.example.com`";
    // What stands behind a `#` is no part of the URL to the mail client, `?tls=required` among it.
    if url.contains('#') {
        return Err(WRITTEN);
    }
    let (scheme, rest) = url.split_once("://").ok_or(WRITTEN)?;
    let (server, query) = rest
        .split_once('?')
        .map_or((rest, None), |(server, query)| (server, Some(query)));
    let authority = server.split('/').next().unwrap_or_default();
    let host = host_of(authority.rsplit('@').next().unwrap_or_default());
    match (scheme, query) {
        _ if host.is_empty() => Err(WRITTEN),
        ("smtps", None) | ("smtp", Some("tls=required")) => Ok(()),
        ("smtp", None) if is_loopback(host) => Ok(()),
        ("smtp", None) => {
            Err("would send passwords and links in the clear: write `smtps://`, or add `?tls=required` for STARTTLS")
        }
        _ => Err(WRITTEN),
    }
}

/// The host of `host:port`.
fn host_of(authority: &str) -> &str {
    match authority.split_once(']') {
        Some((host, _)) => host.trim_start_matches('['),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_an_origin_with_a_path() {
        for (written, read) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://App.example.com:443/", "https://app.example.com"),
            ("https://app.example.com/app/", "https://app.example.com/app"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://[::1]:8000", "http://[::1]:8000"),
        ] {
            assert_eq!(public(written, false).as_deref(), Ok(read));
        }
        for bad in [
            "",
            "app.example.com",
            "http://app.example.com",
            "https://app.example.com/?a",
            "https://app.example.com/#a",
            "https://app.example.com//x",
            "https://app.example.com//",
            "https://app.example.com/../x",
            "https://app.example.com/x/.",
            "https://a@app.example.com",
            "https://app.example.com/ x",
            "ftp://app.example.com",
        ] {
            assert!(public(bad, false).is_err(), "{bad}");
        }
        assert!(public("http://app.example.com", true).is_ok());
    }

    #[test]
    fn a_mail_server_is_reached_by_tls_or_on_this_machine() {
        for good in [
            "smtps://ann:hunter2@mail.example.com",
            "smtps://mail.example.com:465",
            "smtp://mail.example.com:587?tls=required",
            "smtp://localhost:2525",
            "smtp://127.0.0.1:25",
            "smtp://[::1]:25",
        ] {
            assert_eq!(check_server(good), Ok(()), "{good}");
        }
        for bad in [
            "mail.example.com",
            "smtp://mail.example.com",
            "smtp://localhost@mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
            "smtp://ann:hunter2@mail.example.com#?tls=required",
            "smtps://",
            "https://mail.example.com",
        ] {
            let why = check_server(bad).expect_err(bad);
            assert!(!why.contains("hunter2"));
        }
    }
}
