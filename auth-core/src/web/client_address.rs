//! The address of a request's client: the peer's, or what a trusted proxy says of its own client.
//!
//! Rocket reads the header as well, but of two values it takes the first, which the client may have
//! written. It also logs a malformed value unescaped. Only the header's name is Rocket's setting,
//! `ip_header`.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::request::Request;
use tracing::warn;

use crate::audit::Escaped;
use crate::config::ProxyRange;

/// The one header that is a list: each proxy adds the address that it saw.
const LIST: &str = "X-Forwarded-For";

/// The headers in which proxies name their client.
const WRITTEN_BY_PROXIES: [&str; 3] = ["X-Real-IP", LIST, "Forwarded"];

/// The most proxies in a row whose addresses are looked at.
const MAX_HOPS: usize = 32;

/// Which messages the log has already: each is written once, since clients can cause it at will.
#[derive(Debug, Default)]
pub(super) struct LoggedOnce {
    unreadable: AtomicBool,
    untrusted: AtomicBool,
}

/// What counts as a client's address, for the log at launch, where proxies have a say in it.
pub(super) fn describe(config: &rocket::Config, proxies: &[ProxyRange]) -> Option<String> {
    let listed: Vec<String> = proxies.iter().map(ProxyRange::to_string).collect();
    let from = match &config.ip_header {
        _ if listed.is_empty() => return None,
        None => return Some("Client addresses: the peer's, since `ip_header` is off".to_owned()),
        Some(name) if *name == LIST => format!("the rightmost of `{name}` that is no proxy"),
        Some(name) => format!("`{name}`"),
    };
    Some(format!(
        "Client addresses: {from}, from the proxies {}",
        listed.join(", ")
    ))
}

/// The peer's address.
pub(super) fn peer(request: &Request<'_>) -> Option<IpAddr> {
    request.remote().map(|remote| remote.ip().to_canonical())
}

/// The client's address.
pub(super) fn client(request: &Request<'_>, proxies: &[ProxyRange], logged_once: &LoggedOnce) -> Option<IpAddr> {
    let peer = peer(request)?;
    let header = request.rocket().config().ip_header.as_ref().map(|name| name.as_str());
    let is_trusted = |address: IpAddr| proxies.iter().any(|range| range.contains(address));
    if !is_trusted(peer) {
        warn_of_untrusted(request, header, peer, logged_once);
        return Some(peer);
    }
    let Some(header) = header else { return Some(peer) };
    let values: Vec<&str> = request.headers().get(header).collect();
    if values.is_empty() {
        return Some(peer);
    }
    let found = if header.eq_ignore_ascii_case(LIST) {
        of_list(&values, is_trusted)
    } else {
        of_one(&values)
    };
    if found.is_none() && !logged_once.unreadable.swap(true, Ordering::Relaxed) {
        warn!(
            "the proxy {peer} sent `{header}: {}`, from which no client's address can be read, so the proxy's own counts; make \
             the proxy set the header instead of passing it on (said once)",
            Escaped(&values.join(", "))
        );
    }
    found.or(Some(peer))
}

fn warn_of_untrusted(request: &Request<'_>, header: Option<&str>, peer: IpAddr, logged_once: &LoggedOnce) {
    let names = header.into_iter().chain(WRITTEN_BY_PROXIES);
    let Some(name) = names.into_iter().find(|name| request.headers().contains(name)) else {
        return;
    };
    if !logged_once.untrusted.swap(true, Ordering::Relaxed) {
        warn!(
            "`{name}` came from {peer}, which is not on `auth.trusted_proxies`, and is not believed; if {peer} is your proxy, add \
             it there, or all its clients count as one (said once)"
        );
    }
}

/// The only value. With two there is no telling which one the proxy wrote.
fn of_one(values: &[&str]) -> Option<IpAddr> {
    match values {
        [only] => address(only),
        _ => None,
    }
}

/// From the right the first address that is no proxy of ours: what stands left of it, the client
/// may have made up.
fn of_list(values: &[&str], is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut leftmost = None;
    let hops = values.iter().rev().flat_map(|value| value.rsplit(','));
    for (number, hop) in hops.enumerate() {
        let hop = address(hop.trim_matches([' ', '\t'])).filter(|_| number < MAX_HOPS)?;
        if !is_trusted(hop) {
            return Some(hop);
        }
        leftmost = Some(hop);
    }
    leftmost
}

/// An address; some proxies write the port as well.
fn address(text: &str) -> Option<IpAddr> {
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text.parse().ok().or_else(with_port).or_else(in_brackets)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_value_is_one_address() {
        for (text, found) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1:4711", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1, 192.0.2.2", None),
            ("192.0.2.1 192.0.2.2", None),
            ("192.0.2", None),
            ("fe80::1%eth0", None),
            ("localhost", None),
            ("unknown", None),
            ("", None),
            ("\u{1b}[31m", None),
        ] {
            assert_eq!(of_one(&[text]), found.map(ip), "{text:?}");
        }
        assert_eq!(of_one(&["192.0.2.1", "192.0.2.2"]), None);
        assert_eq!(of_one(&["192.0.2.1", "192.0.2.1"]), None);
    }

    #[test]
    fn of_a_list_the_rightmost_address_counts_that_is_no_proxy_of_ours() {
        let is_trusted = |address: IpAddr| address.to_string().starts_with("10.");
        for (values, found) in [
            (&["192.0.2.1"][..], Some("192.0.2.1")),
            (&["192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (&["192.0.2.1,10.0.0.1,\t10.0.0.2"], Some("192.0.2.1")),
            (&["198.51.100.1, 192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (&["198.51.100.1", "192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (&["not an address, 192.0.2.1"], Some("192.0.2.1")),
            (&["10.0.0.3, 10.0.0.1"], Some("10.0.0.3")),
            (&["192.0.2.1, unknown, 10.0.0.1"], None),
            (&["192.0.2.1,"], None),
            (&["192.0.2.1", ""], None),
            (&[""], None),
        ] {
            assert_eq!(of_list(values, is_trusted), found.map(ip), "{values:?}");
        }
        let long = vec!["10.0.0.1"; 100].join(",");
        assert_eq!(of_list(&[&long], is_trusted), None);
    }
}
