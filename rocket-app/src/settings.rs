//! The settings of the demo: Rocket's, and what the demo adds where nothing else is said.

use std::net::IpAddr;

use auth_core::config::SecondFactor;
use rocket::Config;
use rocket::figment::Figment;

/// Rocket's configuration with defaults of the demo. The library sends a browser without an
/// identity to the front page. In the debug profile the table `demo` holds settings of the table
/// `auth`, with a key that the repository publishes, and the links in mails lead to this machine.
pub fn figment() -> Figment {
    let mut figment = Config::figment().join(("auth.sign_in_page", "/"));
    if figment.profile() != Config::DEBUG_PROFILE {
        return figment;
    }
    for setting in ["flows", "second_factor"] {
        figment = with_demo(figment, setting);
    }
    // Keys of what is off are refused, and so are keys beside the variable.
    let second_factor: SecondFactor = figment.extract_inner("auth.second_factor").unwrap_or_default();
    if second_factor.is_on() && std::env::var_os("AUTH_FACTOR_KEY").is_none() {
        figment = with_demo(figment, "factor_keys");
    }
    if let Some(url) = local_url(&figment) {
        figment = figment.join(("auth.public_url", url));
    }
    figment
}

/// With `demo.<setting>` as `auth.<setting>`, where nothing else is said.
fn with_demo(figment: Figment, setting: &str) -> Figment {
    match figment.find_value(&format!("demo.{setting}")) {
        Ok(value) => figment.join((format!("auth.{setting}"), value)),
        Err(_) => figment,
    }
}

/// Where a browser on this machine reaches the server: for the debug profile alone.
fn local_url(figment: &Figment) -> Option<String> {
    if figment.profile() != Config::DEBUG_PROFILE {
        return None;
    }
    // A setting that cannot be read stops the launch elsewhere.
    let config = Config::try_from(figment).ok()?;
    let scheme = if config.tls_enabled() { "https" } else { "http" };
    let host = match config.address {
        IpAddr::V4(address) if address.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(address) if address.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    // Port 0 becomes a number only when the server listens: the links of such a server lack it.
    Some(match config.port {
        0 => format!("{scheme}://{host}"),
        port => format!("{scheme}://{host}:{port}"),
    })
}
