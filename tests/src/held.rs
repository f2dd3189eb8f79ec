//! A program that a test starts and that ends with it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to start; only ever reached when it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. It ends when the value is dropped, and also when the test program ends
/// without dropping it. A shell holds it, and waits for the end of a pipe from this process.
pub struct Held(Child);

/// How a held program is ended.
#[derive(Clone, Copy)]
pub enum End {
    /// By a signal that it cannot see.
    Kill,
    /// By a request, so that it takes along what it has started itself.
    Ask,
}

impl Held {
    /// Starts `program` and waits until it is `ready`. Where it is not in time, or has ended, the
    /// test fails with what `problem` says.
    pub fn start<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
        end: End,
        ready: impl Fn() -> bool,
        problem: impl Fn() -> String,
    ) -> Held {
        let kill = match end {
            End::Kill => "kill -9",
            End::Ask => "kill",
        };
        // A shell gives what it runs in the background no input of its own, hence the third
        // descriptor.
        let script = format!(
            r#"exec 3<&0; "$0" "$@" 3<&- & held=$!; (cat <&3 >/dev/null; {kill} $held) 2>/dev/null & wait $held"#
        );
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(program).args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut held = Held(command.spawn().expect("sh is there"));
        let give_up = Instant::now() + PATIENCE;
        while !ready() {
            let ended = held.0.try_wait().expect("a child of ours");
            assert!(ended.is_none() && Instant::now() < give_up, "{}", problem());
            std::thread::sleep(Duration::from_millis(10));
        }
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _already_gone = self.0.wait();
    }
}

/// The first program of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.exists())
}
