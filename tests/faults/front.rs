//! A real nginx in front of the nodes, with the repository's own docs/nginx.conf.

use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;
use tests::held::{End, Held, on_path};
use tests::postgres::{free_port, install};

use crate::site::Node;

/// What operators copy.
const CONFIGURATION: &str = include_str!("../../docs/nginx.conf");

/// A running nginx. It ends with the value.
pub struct Front {
    url: String,
    _held: Held,
    _folder: TempDir,
}

impl Front {
    /// Starts nginx before these nodes. Its limits for one address are out of the way: all clients
    /// come from one.
    pub fn before(nodes: &[&Node]) -> Front {
        if on_path("nginx").is_none() {
            install("nginx-light");
        }
        let program = on_path("nginx").expect("nginx is needed by this test: install it, or put it on PATH");
        let folder = TempDir::new().expect("a folder");
        // nginx works as another user where it was started by root.
        let opened = Command::new("chmod").arg("755").arg(folder.path()).status();
        assert!(opened.is_ok_and(|status| status.success()), "chmod");
        let path = folder.path().to_str().expect("a path in UTF-8");
        let port = free_port();
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration(path, port, nodes)).expect("the folder can be written to");
        let held = Held::start(
            program,
            [
                "-e",
                &format!("{path}/error.log"),
                "-p",
                path,
                "-c",
                &file.display().to_string(),
                "-g",
                &format!("pid {path}/pid; daemon off;"),
            ],
            End::Ask,
            || TcpStream::connect(("127.0.0.1", port)).is_ok(),
            || {
                std::fs::read_to_string(format!("{path}/error.log"))
                    .unwrap_or_else(|_| "nginx did not start".to_owned())
            },
        );
        Front {
            url: format!("http://127.0.0.1:{port}"),
            _held: held,
            _folder: folder,
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
