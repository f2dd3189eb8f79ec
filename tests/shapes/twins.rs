//! The two twins: one text, with and without the lines that are ours.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The decisions that stand on a line of their own.
const DECISIONS: [&str; 2] = ["#[require_role(", "#[public("];

/// What the application names.
const EXTERNS: [&str; 6] = [
    "auth_core",
    "rocket",
    "rocket_ws",
    "serde",
    "tracing",
    "tracing_subscriber",
];

/// One of the twins.
pub struct Twin {
    /// Where its text stands, and what is made of it.
    pub folder: PathBuf,
    /// The other crate of the application, compiled.
    elsewhere: PathBuf,
}

/// Both, plain and guarded.
pub fn twins() -> &'static [Twin; 2] {
    static TWINS: OnceLock<[Twin; 2]> = OnceLock::new();
    TWINS.get_or_init(|| [Twin::write("plain", plain), Twin::write("guarded", str::to_owned)])
}

/// Does the same with both at once, and answers what comes of it, plain and guarded.
pub fn each<T: Send>(run: impl Fn(&'static Twin) -> T + Sync) -> [T; 2] {
    let run = &run;
    std::thread::scope(|scope| {
        let threads = twins().each_ref().map(|twin| scope.spawn(move || run(twin)));
        threads.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

impl Twin {
    fn write(name: &str, text: impl Fn(&str) -> String) -> Twin {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shapes").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the twin of before goes");
        }
        copy(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/shapes/app")),
            &folder.join("app"),
            &text,
        );
        let elsewhere = folder.join("libelsewhere.rlib");
        let twin = Twin { folder, elsewhere };
        let mut rustc = twin.compiler("rustc", "elsewhere");
        run(rustc.args(["--edition=2018", "--crate-type=lib", "--out-dir", "."]));
        twin
    }

    /// A call of a compiler, in the folder of the twin, of the crate `name`.
    pub fn compiler(&self, program: &str, name: &str) -> Command {
        let root = if name == "app" { "main" } else { name };
        let mut command = Command::new(sysroot().join("bin").join(program));
        command
            .current_dir(&self.folder)
            .arg(format!("app/{root}.rs"))
            .args(["--crate-name", name])
            .args(dependencies());
        if name == "app" {
            command.arg("--extern").arg(assigned("elsewhere", &self.elsewhere));
        }
        command
    }
}

/// Runs a command that has to succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program is there");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{errors}",
        String::from_utf8_lossy(&output.stdout)
    );
    output
}

/// The text without us: every line is where it was, and blank where it is ours.
fn plain(text: &str) -> String {
    let line = |line: &str| -> String {
        let line = line.replace("#[authenticated]", "                ");
        // As wide as before, so that columns are the same.
        let line = line.replace("auth_core::guarded_routes!", "rocket::routes!           ");
        let ours = line.contains("auth_core") || DECISIONS.iter().any(|start| line.trim_start().starts_with(start));
        if ours {
            String::new()
        } else {
            line.trim_end().to_owned()
        }
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

fn copy(from: &Path, to: &Path, text: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target, text);
        } else {
            let source = fs::read_to_string(&path).expect("a text");
            fs::write(target, text(&source)).expect("the text is written");
        }
    }
}

/// What makes the crates known that cargo compiled for the tests: nothing is compiled twice.
fn dependencies() -> &'static [String] {
    static ARGUMENTS: OnceLock<Vec<String>> = OnceLock::new();
    ARGUMENTS.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--package=tests", "--lib", "--locked", "--message-format=json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit());
        let built = String::from_utf8(run(&mut cargo).stdout).expect("cargo writes UTF-8");
        let built: Vec<(String, PathBuf)> = built.lines().filter_map(library).collect();
        let mut arguments = Vec::new();
        for name in EXTERNS {
            let (_, file) = built
                .iter()
                .find(|(built, _)| built == name)
                .unwrap_or_else(|| panic!("{name} is built"));
            arguments.extend(["--extern".to_owned(), assigned(name, file)]);
        }
        let mut folders: Vec<&Path> = built.iter().filter_map(|(_, file)| file.parent()).collect();
        folders.sort_unstable();
        folders.dedup();
        arguments.extend(
            folders
                .iter()
                .map(|folder| format!("-Ldependency={}", folder.display())),
        );
        arguments
    })
}

/// The library that a message of cargo's is about.
fn library(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let file = message["filenames"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .map(Path::new);
    let mut file = file.filter(|file| {
        ["rlib", "so", "dylib", "dll"]
            .map(OsStr::new)
            .contains(&file.extension().unwrap_or_default())
    });
    Some((message["target"]["name"].as_str()?.to_owned(), file.next()?.to_owned()))
}

fn assigned(name: &str, file: &Path) -> String {
    format!("{name}={}", file.display())
}

fn sysroot() -> &'static Path {
    static SYSROOT: OnceLock<PathBuf> = OnceLock::new();
    SYSROOT.get_or_init(|| {
        let mut rustc = Command::new("rustc");
        let printed = run(rustc
            .args(["--print", "sysroot"])
            .current_dir(env!("CARGO_MANIFEST_DIR")))
        .stdout;
        PathBuf::from(String::from_utf8(printed).expect("a path").trim_end())
    })
}
