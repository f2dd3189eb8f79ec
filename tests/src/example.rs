//! The examples of this repository: applications outside its workspace, in one of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::build;

/// The folder of an example.
pub fn folder(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example)
}

/// Cargo's command `verb` for all examples, with Clippy in the compiler's place. So one build shows
/// that they run, and that their code, written by hand or by macros, has no warning. Dependencies
/// go where the tests' own are.
pub fn cargo(verb: &str) -> Command {
    let this = std::env::current_exe().expect("a test has a file");
    let target = this.ancestors().nth(3).expect("target/debug/deps");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([verb, "--workspace", "--all-targets", "--locked"])
        .current_dir(folder(""))
        .env("CARGO_TARGET_DIR", target)
        .env(
            "RUSTC_WORKSPACE_WRAPPER",
            Path::new(env!("CARGO")).with_file_name("clippy-driver"),
        );
    cargo
}

/// The program of an example.
pub fn program(example: &str) -> PathBuf {
    build(&mut cargo("build"), example)
}
