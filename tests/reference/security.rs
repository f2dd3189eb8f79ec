//! `security-tests.md`, from the lines `// security: <section>: <requirement>` above the tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::page::Page;

/// The sections of the page in their order, and what a row of each is about.
const SECTIONS: [(&str, &str); 13] = [
    ("Traps in the versions in use", "trap"),
    ("Tokens", "requirement"),
    ("Issuance", "requirement"),
    ("Keys", "requirement"),
    ("Rotation and storage", "requirement"),
    ("Cookies and CSRF", "requirement"),
    ("Passwords and signing in", "requirement"),
    ("Second factors", "requirement"),
    ("Authorization", "requirement"),
    ("Errors, logs, headers", "requirement"),
    ("Limits", "requirement"),
    ("Launch", "refused"),
    ("Supply chain", "requirement"),
];

/// Where tests are: the folder, and how `cargo test` names what is in it.
const FOLDERS: [(&str, Option<&str>); 4] = [
    ("auth-core/src", Some("auth_core")),
    ("auth-macros/src", Some("auth_macros")),
    ("tests/src", Some("tests")),
    ("tests", None),
];

const MARK: &str = "// security: ";

/// A requirement: its section and its sentence.
type Requirement = (String, String);

#[test]
fn the_page_of_requirements_names_the_tests_that_show_them() {
    let mut tests: BTreeMap<Requirement, Vec<String>> = BTreeMap::new();
    for (folder, package) in FOLDERS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
        for file in sources(&root) {
            let within = file.strip_prefix(&root).expect("a file of the folder");
            if package.is_none() && within.starts_with("src") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a source file");
            for (requirement, name) in marked(&text) {
                tests
                    .entry(requirement)
                    .or_default()
                    .push(path_of(package, within, &name));
            }
        }
    }

    let mut page = Page::new("What is required, and the tests that show it");
    page.paragraph(
        "Each row is a requirement on this software, with the tests that show it. A test has the path that `cargo test` \
         prints. `auth_core::…` are unit tests, and `tests::…` are those of `tests/src`. Every other path begins with a \
         target of the package `tests`, such as `e2e` or `store`. A line above each test says what it shows.",
    );
    for (section, kind) in SECTIONS {
        page.heading(2, section);
        let rows = tests.iter().filter(|((of, _), _)| of == section);
        page.table(
            [kind, "shown by"],
            rows.map(|((_, required), tests)| {
                let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
                [required.clone(), tests.join(" ")]
            }),
        );
    }
    let unknown: Vec<&Requirement> = tests
        .keys()
        .filter(|(of, _)| !SECTIONS.iter().any(|(section, _)| section == of))
        .collect();
    assert!(unknown.is_empty(), "of no section: {unknown:?}");
    // A page that lost its rows would be green.
    assert!(tests.len() >= 130, "{} requirements", tests.len());
    page.check("security-tests.md");
}

/// The source files below `folder`, in the order of their names.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The requirements that a file names, each with the function below it, which has to be a test.
fn marked(text: &str) -> Vec<(Requirement, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some((section, required)) = line.trim().strip_prefix(MARK).and_then(|mark| mark.split_once(": ")) else {
            continue;
        };
        let below = &lines[number..];
        let at = below
            .iter()
            .position(|line| line.contains("fn "))
            .expect("a function below");
        assert!(
            below[..at]
                .iter()
                .any(|line| line.trim().starts_with("#[test") || line.trim().starts_with("#[tokio::test")),
            "no test is below `{}`",
            line.trim()
        );
        let (_, name) = below[at].split_once("fn ").expect("just found");
        // A test of a module within the file.
        let module = if line.starts_with(' ') { "tests::" } else { "" };
        let name = name.split(['(', '<']).next().unwrap_or_default();
        found.push(((section.to_owned(), required.to_owned()), format!("{module}{name}")));
    }
    found
}

/// `e2e::csrf::a_test` of `tests/e2e/csrf.rs`.
fn path_of(package: Option<&str>, file: &Path, test: &str) -> String {
    let modules = file.with_extension("");
    let modules = modules
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let modules = modules.filter(|part| !matches!(part.as_str(), "mod" | "main" | "lib"));
    let parts: Vec<String> = package.map(str::to_owned).into_iter().chain(modules).collect();
    format!("{}::{test}", parts.join("::"))
}
