//! A real nginx in front of the nodes, with the repository's own docs/nginx.conf.

use tests::nginx::Nginx;
use tests::postgres::free_port;

use crate::site::Node;

/// What operators copy.
const CONFIGURATION: &str = include_str!("../../docs/nginx.conf");

/// A running nginx. It ends with the value.
pub struct Front {
    url: String,
    _nginx: Nginx,
}

impl Front {
    /// Starts nginx before these nodes. Its limits for one address are out of the way: all clients
    /// come from one.
    pub fn before(nodes: &[&Node]) -> Front {
        let port = free_port();
        let nginx = Nginx::start(port, |folder| {
            configuration(folder.path().to_str().expect("a path in UTF-8"), port, nodes)
        });
        Front {
            url: format!("http://127.0.0.1:{port}"),
            _nginx: nginx,
        }
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The file for this place and these nodes, without TLS; what it says of a node it says of each.
fn configuration(folder: &str, port: u16, nodes: &[&Node]) -> String {
    let mut text = CONFIGURATION.to_owned();
    let mut replace = |from: &str, to: &str| {
        assert!(text.contains(from), "docs/nginx.conf holds {from:?}");
        text = text.replace(from, to);
    };
    replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
    replace("/var/log/nginx", folder);
    replace("rate=50r/s", "rate=100000r/s");
    replace("limit_conn connections 50;", "limit_conn connections 5000;");
    let kept = text.lines().filter(|line| !line.trim_start().starts_with("ssl_"));
    let of_each_node = |line: &str| -> Vec<String> {
        if !line.trim_start().starts_with("server 127.0.0.1:8000") {
            return vec![line.to_owned()];
        }
        let addresses = nodes.iter().map(|node| node.url().trim_start_matches("http://"));
        addresses
            .map(|address| line.replace("127.0.0.1:8000", address))
            .collect()
    };
    let lines: Vec<String> = kept.flat_map(of_each_node).collect();
    lines.join("\n").replace("<app.example>", "localhost")
}
