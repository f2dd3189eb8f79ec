//! The examples of this repository: applications outside the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::build;

/// The folder of an example.
pub fn folder(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example)
}

/// The program of an example, built with Clippy in the compiler's place. So one build shows that it
/// runs, and that its code, written by hand or by macros, has no warning. Dependencies go where the
/// tests' own are.
pub fn program(example: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a test has a file");
    let target = this.ancestors().nth(3).expect("target/debug/deps");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--locked"])
        .current_dir(folder(example))
        .env("CARGO_TARGET_DIR", target)
        .env(
            "RUSTC_WORKSPACE_WRAPPER",
            Path::new(env!("CARGO")).with_file_name("clippy-driver"),
        );
    build(&mut cargo, example)
}
