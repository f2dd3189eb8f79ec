use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// The address of a proxy, or the range that holds the addresses of several: `10.0.0.5`,
/// `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct ProxyRange(IpNet);

impl ProxyRange {
    /// Whether `address` lies in the range. An IPv4 address in the form of IPv6 counts as the IPv4
    /// address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl fmt::Display for ProxyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            write!(f, "{}", self.0.addr())
        } else {
            write!(f, "{}", self.0)
        }
    }
}

impl FromStr for ProxyRange {
    type Err = String;

    fn from_str(text: &str) -> Result<ProxyRange, String> {
        let refused = |problem: &str| format!("`{}` {problem}", text.escape_debug());
        let range = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let range = range.map_err(|_| {
            refused("is neither an address nor a range of addresses; write \"10.0.0.5\" or \"10.0.0.0/8\"")
        })?;
        let range = as_ipv4(range).unwrap_or(range).trunc();
        if range.prefix_len() == 0 {
            return Err(refused(
                "is every address, so that each client could claim any other's; name the addresses of your proxies",
            ));
        }
        Ok(ProxyRange(range))
    }
}

impl TryFrom<String> for ProxyRange {
    type Error = String;

    fn try_from(text: String) -> Result<ProxyRange, String> {
        text.parse()
    }
}

/// A range of IPv4 addresses that is written in the form of IPv6: peers are compared in theirs.
fn as_ipv4(range: IpNet) -> Option<IpNet> {
    let IpNet::V6(range) = range else { return None };
    let prefix = range.prefix_len().checked_sub(96)?;
    let address = range.addr().to_ipv4_mapped()?;
    Ipv4Net::new(address, prefix).ok().map(IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> ProxyRange {
        text.parse().expect("a range")
    }

    #[test]
    fn a_range_holds_the_addresses_of_its_network_and_no_other() {
        for (written, shown, inside, outside) in [
            ("10.0.0.5", "10.0.0.5", "10.0.0.5", "10.0.0.6"),
            ("10.0.0.0/8", "10.0.0.0/8", "10.255.1.2", "11.0.0.0"),
            ("10.1.2.3/8", "10.0.0.0/8", "10.255.1.2", "11.0.0.0"),
            ("10.0.0.0/8", "10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
            ("::1", "::1", "::1", "127.0.0.1"),
            ("fd00::/8", "fd00::/8", "fdff::1", "fe80::1"),
            ("::ffff:10.0.0.5", "10.0.0.5", "10.0.0.5", "10.0.0.6"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8", "10.9.9.9", "11.0.0.0"),
        ] {
            let range = range(written);
            let address = |text: &str| text.parse::<IpAddr>().expect("an address");
            assert_eq!(range.to_string(), shown);
            assert!(range.contains(address(inside)), "{inside} in {written}");
            assert!(!range.contains(address(outside)), "{outside} not in {written}");
        }
    }

    #[test]
    fn a_range_that_is_none_or_every_address_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.0",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.5:80",
            " 10.0.0.5",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
        ] {
            assert!(text.parse::<ProxyRange>().is_err(), "{text:?}");
        }
    }
}
