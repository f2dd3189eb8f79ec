//! `postgres://user:password@host:5432/database?sslmode=verify-full`.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// A text that is no PostgreSQL URL of ours. Nothing of the URL but the name of an option is part
/// of it, as it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// It cannot be read.
    #[error(
        "a PostgreSQL URL is `postgres://user:password@host:5432/database`, with special characters percent-encoded \
         and with options that are known"
    )]
    Syntax,
    /// It has an option that is not known.
    #[error("the PostgreSQL URL has the option `{0}`, which is not known; known are: {known}", known = OPTIONS.join(", "))]
    Option(String),
    /// The value of an option cannot be used.
    #[error("the option `{0}` in the PostgreSQL URL has a value that cannot be used")]
    Value(&'static str),
    /// It names no host.
    #[error("the PostgreSQL URL names no host")]
    NoHost,
    /// `sslmode` is none of the known.
    #[error("`sslmode` in the PostgreSQL URL must be disable, prefer, require, verify-ca or verify-full")]
    SslMode,
    /// `sslrootcert` stands beside a mode that does not use it.
    #[error("`sslrootcert` in the PostgreSQL URL has no effect with `sslmode` disable or prefer: use verify-full")]
    UnusedRoots,
}

/// What may stand behind the `?`.
const OPTIONS: [&str; 20] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// How the connection is protected, from `sslmode` and `sslrootcert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// `disable`: plain text.
    None,
    /// `prefer`, the default: TLS if the server offers it, without a check of who the server is.
    IfOffered,
    /// `require` without `sslrootcert`: TLS, without a check of who the server is.
    Encrypted,
    /// `verify-ca`, or `require` with `sslrootcert`: TLS with a server whose certificate one of the
    /// roots signed.
    Signed(Roots),
    /// `verify-full`: as before, and the certificate names the host.
    Named(Roots),
}

/// Who may sign a server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// Whom the operating system trusts; also `sslrootcert=system`.
    System,
    /// The certificates in a PEM file.
    File(PathBuf),
}

/// A URL, read.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) protection: Protection,
    /// The URL without password and options, for messages.
    pub(super) name: String,
}

impl Target {
    /// Reads `url`; `connect_timeout` is for each address of each host, unless the URL has its own.
    pub(super) fn of_url(url: &str, connect_timeout: Duration) -> Result<Target, InvalidUrl> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').ok_or(InvalidUrl::Syntax)?;
            match key {
                "sslmode" => mode = Some(value),
                "sslrootcert" => roots = Some(decoded(value)?),
                _ => {
                    check_option(key, value, query.contains('@'))?;
                    others.push(option);
                }
            }
        }
        let mut config: Config = format!("{base}?{}", others.join("&"))
            .parse()
            .map_err(|_| InvalidUrl::Syntax)?;
        if config.get_hosts().is_empty() {
            return Err(InvalidUrl::NoHost);
        }
        let protection = protection(mode, roots)?;
        config.ssl_mode(match protection {
            Protection::None => SslMode::Disable,
            Protection::IfOffered => SslMode::Prefer,
            _ => SslMode::Require,
        });
        // A server that vanished without a word is noticed within seconds, also between two
        // statements.
        config
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3);
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(connect_timeout);
        }
        if config.get_application_name().is_none() {
            config.application_name("auth-core");
        }
        if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
            // Of several hosts one is the primary; the others only read.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let name = name(&config);
        Ok(Target {
            config,
            protection,
            name,
        })
    }
}

impl Target {
    /// Whether passwords and hashes may go over a network in plain text, or to a server whose
    /// identity is not checked.
    pub(super) fn is_exposed(&self) -> bool {
        let is_elsewhere = |host: &Host| match host {
            Host::Tcp(host) => {
                let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
                host != "localhost" && !address.is_ok_and(|address| address.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => false,
        };
        self.protection == Protection::IfOffered && self.config.get_hosts().iter().any(is_elsewhere)
    }
}

/// Names an option that is not known or cannot be used. What stands behind a `?` within a password
/// is no option, and is not named: an `@` follows it, or it has other characters than options have.
fn check_option(key: &str, value: &str, in_password: bool) -> Result<(), InvalidUrl> {
    let is_name = (1..=40).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let known = OPTIONS.iter().find(|option| **option == key);
    match known {
        // Perhaps it is one: `user=ann@example.com`.
        Some(_) if in_password => Ok(()),
        None if is_name && !in_password => Err(InvalidUrl::Option(key.to_owned())),
        None => Err(InvalidUrl::Syntax),
        Some(option) => match format!("postgres://host/?{key}={value}").parse::<Config>() {
            Ok(_) => Ok(()),
            Err(_) => Err(InvalidUrl::Value(option)),
        },
    }
}

fn protection(mode: Option<&str>, roots: Option<String>) -> Result<Protection, InvalidUrl> {
    let given = roots.map(|path| match path.as_str() {
        "system" => Roots::System,
        _ => Roots::File(path.into()),
    });
    Ok(match (mode.unwrap_or("prefer"), given) {
        ("disable" | "prefer", Some(_)) => return Err(InvalidUrl::UnusedRoots),
        ("disable", None) => Protection::None,
        ("prefer", None) => Protection::IfOffered,
        ("require", None) => Protection::Encrypted,
        // As in libpq: an operator who names roots expects the store to use them.
        ("require", Some(roots)) => Protection::Signed(roots),
        ("verify-ca", roots) => Protection::Signed(roots.unwrap_or(Roots::System)),
        ("verify-full", roots) => Protection::Named(roots.unwrap_or(Roots::System)),
        _ => return Err(InvalidUrl::SslMode),
    })
}

fn decoded(text: &str) -> Result<String, InvalidUrl> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| InvalidUrl::Syntax)?;
    Ok(text.into_owned())
}

fn name(config: &Config) -> String {
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| {
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(host) if host.contains(':') => format!("[{host}]:{port}"),
            Host::Tcp(host) => format!("{host}:{port}"),
            #[cfg(unix)]
            Host::Unix(folder) => format!("{}:{port}", folder.display()),
        }
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    format!("postgres://{user}{hosts}/{}", config.get_dbname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Target, InvalidUrl> {
        Target::of_url(url, Duration::from_secs(1))
    }

    #[test]
    fn each_sslmode_is_what_it_says() {
        let file = || Roots::File("/etc/ca one.pem".into());
        for (options, protection) in [
            ("", Protection::IfOffered),
            ("?sslmode=prefer", Protection::IfOffered),
            ("?sslmode=disable", Protection::None),
            ("?sslmode=require", Protection::Encrypted),
            (
                "?sslmode=require&sslrootcert=/etc/ca%20one.pem",
                Protection::Signed(file()),
            ),
            ("?sslmode=verify-ca", Protection::Signed(Roots::System)),
            ("?sslmode=verify-full", Protection::Named(Roots::System)),
            (
                "?sslrootcert=system&sslmode=verify-full",
                Protection::Named(Roots::System),
            ),
            (
                "?sslmode=verify-full&sslrootcert=/etc/ca%20one.pem",
                Protection::Named(file()),
            ),
        ] {
            let target = read(&format!("postgresql://ann@db/app{options}")).expect(options);
            assert_eq!(target.protection, protection, "{options}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_quoting_it() {
        for (url, why) in [
            ("postgres://ann:hunter2@db/app?sslmode=on", InvalidUrl::SslMode),
            ("postgres://ann:hunter2@db/app?sslrootcert=x", InvalidUrl::UnusedRoots),
            ("postgres://ann:hunter2@db/app?hunter2=x", InvalidUrl::Syntax),
            ("postgres://ann:hun?ter2@db/app", InvalidUrl::Syntax),
            ("postgres://ann:hun?hunter=2@db/app", InvalidUrl::Syntax),
            ("postgres://ann:hun?x=1&port=hun2@db/app", InvalidUrl::Syntax),
            ("postgres://ann:12?hunter=2&x@db/app", InvalidUrl::Syntax),
            (
                "postgres://ann:hunter2@db/app?connect_timeout=hunter2",
                InvalidUrl::Value("connect_timeout"),
            ),
            ("postgres://ann:hunter2@db:port/app", InvalidUrl::Syntax),
            ("postgres:///app", InvalidUrl::NoHost),
        ] {
            let refused = read(url).err().expect(url);
            assert_eq!(refused, why, "{url}");
            assert!(!refused.to_string().contains("hun"), "{refused}");
        }
    }

    #[test]
    fn the_default_mode_is_enough_on_this_machine_alone() {
        for (url, is_exposed) in [
            ("postgres://localhost/app", false),
            ("postgres://127.0.0.1/app", false),
            ("postgres://[::1]/app", false),
            ("postgres://%2Frun%2Fpg/app", false),
            ("postgres://db.internal/app", true),
            ("postgres://10.0.0.7/app?sslmode=prefer", true),
            ("postgres://localhost,db.internal/app", true),
            ("postgres://db.internal/app?sslmode=require", false),
            ("postgres://db.internal/app?sslmode=disable", false),
        ] {
            assert_eq!(read(url).map(|target| target.is_exposed()), Ok(is_exposed), "{url}");
        }
    }

    #[test]
    fn an_option_that_is_not_known_is_named_beside_those_that_are() {
        let refused = read("postgres://ann@db/app?conect_timeout=3").err().expect("unknown");
        assert_eq!(refused, InvalidUrl::Option("conect_timeout".to_owned()));
        let said = refused.to_string();
        assert!(
            said.contains("`conect_timeout`") && said.contains("connect_timeout, dbname"),
            "{said}"
        );
        for option in OPTIONS {
            assert_ne!(
                read(&format!("postgres://ann@db/app?{option}=1")).err(),
                Some(InvalidUrl::Option(option.to_owned())),
            );
        }
    }

    #[test]
    fn a_name_has_no_password() {
        for (url, name) in [
            (
                "postgres://ann:hunter2@db:5433/app?sslmode=require",
                "postgres://ann@db:5433/app",
            ),
            ("postgres://db,other:1/app", "postgres://db:5432,other:1/app"),
            ("postgresql://ann@%2Frun%2Fpg/app", "postgres://ann@/run/pg:5432/app"),
        ] {
            assert_eq!(read(url).map(|target| target.name).as_deref(), Ok(name));
        }
    }
}
