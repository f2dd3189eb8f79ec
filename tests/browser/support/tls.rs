//! Hosts with TLS: a real nginx before servers that have none.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use tests::nginx::Nginx;

/// Starts nginx at `port`, for hosts with the address of the server behind each. No authority
/// signed its certificate: see [`Browser::trusting`](super::Browser::trusting).
pub fn with_tls(port: u16, hosts: &[(&str, &str)]) -> Nginx {
    Nginx::start(port, |folder| {
        certify(folder.path());
        let mut text = "events {}\nhttp {\naccess_log off;\n".to_owned();
        for (host, server) in hosts {
            writeln!(
                text,
                "server {{
                     listen 127.0.0.1:{port} ssl;
                     server_name {host};
                     ssl_certificate server.crt;
                     ssl_certificate_key server.key;
                     location / {{ proxy_pass {server}; proxy_http_version 1.1; proxy_set_header Host $http_host; }}
                 }}"
            )
            .expect("a text grows");
        }
        text + "}\n"
    })
}

fn certify(folder: &Path) {
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.crt \
                     -days 2 -subj /CN=localhost";
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl is installed along with PostgreSQL");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
