//! The program itself, started as an operator would: with a folder, an environment and secrets of
//! its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::postgres::Cluster;

/// How long a process may take to do what it should; only ever reached when it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test: the one that `TESTED_PROGRAM` names, as `scripts/test` has built it, or
/// built now from this tree. Asking cargo costs little when nothing changed, but it waits where
/// another cargo compiles.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(built) = std::env::var_os("TESTED_PROGRAM") {
            return built.into();
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--workspace", "--bins", "--locked"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        build(&mut cargo, "rocket-app")
    })
}

/// Runs a `cargo build`, and answers where the program `name` is.
pub fn build(cargo: &mut Command, name: &str) -> PathBuf {
    let cargo = cargo.arg("--message-format=json").stderr(Stdio::inherit());
    let built = cargo.output().expect("cargo runs");
    let messages = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
    let messages: Vec<Value> = messages
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let said: Vec<&str> = messages
        .iter()
        .filter_map(|message| message["message"]["rendered"].as_str())
        .collect();
    assert!(built.status.success(), "{name} builds:\n{}", said.concat());
    messages
        .iter()
        .find(|message| {
            let is_program = message["executable"].is_string() && message["profile"]["test"] == false;
            is_program && message["target"]["name"] == name
        })
        .and_then(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the program")
}

/// A folder of its own for one program: its database, and the secrets it was given. A clone shares
/// the folder.
#[derive(Clone)]
pub struct Place {
    /// Where the program runs, and keeps its database unless told otherwise.
    pub folder: Arc<TempDir>,
    program: &'static Path,
    environment: HashMap<String, String>,
}

impl Place {
    /// A place where the program runs in the debug profile, with secrets of its own.
    pub fn debug() -> Place {
        Place::debug_of(program())
    }

    /// The same for another program.
    pub fn debug_of(program: &'static Path) -> Place {
        let secret = || {
            auth_core::keys::generate_secret()
                .expect("randomness")
                .expose()
                .to_owned()
        };
        Place::empty_of(program)
            .with("ROCKET_PROFILE", "debug")
            .with("JWT_ACCESS_SECRET", &secret())
            .with("JWT_REFRESH_SECRET", &secret())
    }

    /// The same under the rules of a release.
    pub fn release() -> Place {
        Place::debug().with("ROCKET_PROFILE", "release")
    }

    /// A place without any setting but a free port.
    pub fn empty() -> Place {
        Place::empty_of(program())
    }

    fn empty_of(program: &'static Path) -> Place {
        let folder = Arc::new(TempDir::new().expect("a folder"));
        let environment = HashMap::from([("ROCKET_PORT".to_owned(), "0".to_owned())]);
        Place {
            folder,
            program,
            environment,
        }
    }

    /// The same with a variable in its environment.
    pub fn with(mut self, name: &str, value: &str) -> Place {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same on a PostgreSQL database of its own.
    pub fn on_postgres(self) -> Place {
        let database = Cluster::shared().fresh_database();
        self.with("DATABASE_URL", &database)
    }

    /// The same without a variable.
    pub fn without(mut self, name: &str) -> Place {
        self.environment.remove(name);
        self
    }

    /// The value of a variable in its environment.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    /// Makes a command run here, with this environment.
    fn prepare(&self, command: &mut Command) {
        command.current_dir(self.folder.path());
        for name in [
            "JWT_ACCESS_SECRET",
            "JWT_REFRESH_SECRET",
            "DATABASE_URL",
            "ROCKET_PROFILE",
            "ROCKET_AUTH",
        ] {
            command.env_remove(name);
        }
        command.envs(&self.environment);
    }

    /// Runs a command to its end, with `input` on standard input.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // A program that reads no input may be gone already.
        let _: std::io::Result<()> = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("the program ends")
    }

    /// The same with standard output of the caller's choice.
    pub fn run_into(&self, arguments: &[&str], input: &str, output: Stdio) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // What was handed on is closed here, or a pipe would have another writer.
        drop(command);
        let _: std::io::Result<()> = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("the program ends")
    }

    /// The same as a user of this machine who owns nothing: where the tests run as root, who may
    /// write everywhere.
    pub fn run_as_nobody(&self, arguments: &[&str]) -> Output {
        let mut command = match std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own)) {
            Ok(0) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
                command.arg(self.program);
                command
            }
            _ => Command::new(self.program),
        };
        self.prepare(command.args(arguments));
        command
            .stdin(Stdio::null())
            .output()
            .expect("`setpriv` of util-linux is on this machine")
    }

    /// The same on a terminal; what it shows there, without the carriage returns.
    pub fn run_on_a_terminal(&self, arguments: &[&str]) -> String {
        // `script` makes a terminal for what it runs, and copies what that shows (script(1), of
        // util-linux).
        let mut command = Command::new("script");
        let line = format!("{} {}", self.program.display(), arguments.join(" "));
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        self.prepare(&mut command);
        let output = command
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output();
        let shown = output.expect("`script` of util-linux is on this machine").stdout;
        String::from_utf8_lossy(&shown).replace('\r', "")
    }

    /// Starts the server, alone among those started this way, and waits until it answers. That it
    /// says where it listens is not enough: Rocket takes signals only after it has said so.
    pub fn serve(&self) -> Server {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut server = self.launch(Command::new(self.program));
        server.turn = Some(turn);
        server
    }

    /// Starts a server that may have others beside it, and waits until it answers. `command` is the
    /// program, or another that ends as it.
    pub fn launch(&self, mut command: Command) -> Server {
        self.prepare(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (said, lines) = channel();
        for stream in [
            Box::new(child.stdout.take().expect("piped")) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().expect("piped")),
        ] {
            let (log, said) = (Arc::clone(&log), said.clone());
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut log = log.lock().expect("no panic while holding it");
                    log.push_str(&line);
                    log.push('\n');
                    let _ended = said.send(line);
                }
            });
        }
        let mut server = Server {
            turn: None,
            child,
            url: String::new(),
            log,
            lines,
            secrets: ["JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"]
                .iter()
                .filter_map(|name| self.environment.get(*name).cloned())
                .chain(["$2b$".to_owned()])
                .collect(),
            prints_headers: self
                .environment
                .get("ROCKET_LOG_LEVEL")
                .is_some_and(|level| level == "debug"),
        };
        let line = server.wait_for("Rocket has launched from ");
        server.url = line
            .split("launched from ")
            .nth(1)
            // In a log of JSON there is more behind it.
            .and_then(|rest| rest.split(['"', ' ']).next())
            .expect("what was waited for")
            .trim()
            .to_owned();
        let address = server.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(b"GET /health HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1"), "{answer}");
        server
    }
}

/// One server at a time: they share two cores, and a sign-in that waits too long for them is 503,
/// as it should be.
static TURN: Mutex<()> = Mutex::new(());

/// A running server.
pub struct Server {
    /// Held to the end of the server, where there may be no other.
    turn: Option<MutexGuard<'static, ()>>,
    child: Child,
    /// Where it listens.
    pub url: String,
    log: Arc<Mutex<String>>,
    lines: Receiver<String>,
    /// Secrets that the server must never print; checked when the server ends.
    secrets: Vec<String>,
    /// Whether Rocket prints headers, as the debug profile may.
    prints_headers: bool,
}

/// Every token that a server gave out; none may be in what any of them prints.
static ISSUED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes tokens that a server gave out.
pub fn note_issued(tokens: impl IntoIterator<Item = String>) {
    ISSUED.lock().unwrap_or_else(PoisonError::into_inner).extend(tokens);
}

impl Server {
    /// Waits for a line that holds `text`.
    pub fn wait_for(&self, text: &str) -> String {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let line = self
                .lines
                .recv_timeout(give_up.saturating_duration_since(Instant::now()));
            match line {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(_) => panic!("the server never said {text:?}; it said:\n{}", self.log()),
            }
        }
    }

    /// Everything the server has said.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic while holding it").clone()
    }

    /// The passwords that were printed, by e-mail.
    pub fn printed_passwords(&self) -> HashMap<String, String> {
        let log = self.log();
        let accounts = log
            .lines()
            .filter_map(|line| line.trim().split_once(char::is_whitespace));
        accounts
            .filter(|(email, _)| email.ends_with("@example.com"))
            .map(|(email, password)| (email.to_owned(), password.trim().to_owned()))
            .collect()
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process as a power cut would; gives what it had said.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        self.last_words()
    }

    /// Sends the process a signal that does not end it.
    pub fn send(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
    }

    /// Asks the process to end, as `Ctrl-C` (`INT`) or a supervisor (`TERM`) does, and waits for
    /// it.
    pub fn signal(mut self, name: &str) -> (ExitStatus, String) {
        self.send(name);
        let status = self.child.wait().expect("it ends");
        (status, self.last_words())
    }

    /// The log of a process that has ended.
    fn last_words(&self) -> String {
        // The threads that read its output end with it; what it said last may still be on its way.
        while self.lines.recv_timeout(PATIENCE).is_ok() {}
        self.log()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
        if !std::thread::panicking() {
            let log = self.log();
            let given = ISSUED.lock().unwrap_or_else(PoisonError::into_inner);
            let issued = given.iter().filter(|_| !self.prints_headers);
            for secret in self.secrets.iter().chain(issued) {
                assert!(!log.contains(secret.as_str()), "`{secret}` was printed:\n{log}");
            }
        }
    }
}
