//! `docs/compile-errors.md`: the lessons in `ui/fail`, as a page for users who meet the messages.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The chapters, in their order: the folder, the title, and what the mistakes in it have in common.
const CHAPTERS: [(&str, &str, &str); 9] = [
    (
        "decision",
        "Where a decision stands",
        "A handler states who may use it in one attribute above its route attribute.",
    ),
    (
        "rule",
        "Rules",
        "A rule names variants of one enum, combined with `any(…)`, `all(…)` and `not(…)`.",
    ),
    (
        "hierarchy",
        "Rules and the hierarchy",
        "A user who has a role also has every role that it includes. A rule that forgets this has a redundant term, or lets \
         every user pass, or none.",
    ),
    (
        "policy",
        "Policies",
        "A policy is an `async fn(&User<R>, T…, &Request<'_>)`. It returns `bool`, `Result<bool, E>` or `Result<(), Refusal>`. A rule passes it path \
         parameters of the handler, by name.",
    ),
    (
        "scope",
        "Roles within an organisation",
        "`OrgRole::Owner in org` asks for a role in what the path parameter `org` names. `Within<OrgRole>` is the proof of \
         that rule.",
    ),
    (
        "freshness",
        "How and how long ago the user signed in",
        "`fresh = \"5m\"` beside a rule asks for a sign-in that is at most that old, `mfa` for one with a second factor.",
    ),
    (
        "guard",
        "Guards",
        "A struct with a decision is a request guard. Its fields are request guards too. Only a request makes a guard.",
    ),
    (
        "routes",
        "Lists of routes",
        "`guarded_routes![…]` takes the paths of handlers that state a decision.",
    ),
    (
        "role",
        "Roles",
        "Roles are the variants of an enum with `#[derive(Role, Clone, Copy)]`.",
    ),
];

const COMMAND: &str = "BLESS=1 cargo test -p tests --test macros compile_errors";

// security: Authorization: Unknown or mistyped roles do not compile
#[test]
fn the_page_of_compile_errors_is_what_the_lessons_say() {
    let file = root().join("../docs/compile-errors.md");
    let page = page();
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(root().join("../docs")).expect("a folder");
        fs::write(&file, &page).expect("the page is written");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    // Not `assert_eq!`: it would print both pages.
    assert!(written == page, "docs/compile-errors.md is stale: run `{COMMAND}`");
}

#[test]
fn every_folder_of_lessons_is_a_chapter_and_has_some() {
    let mut folders: Vec<String> = names(&root().join("ui/fail"));
    let mut chapters = CHAPTERS.map(|(folder, _, _)| folder.to_owned());
    folders.sort();
    chapters.sort();
    assert_eq!(folders, chapters);
    for chapter in chapters {
        assert!(!lessons(&chapter).is_empty(), "{chapter}");
    }
}

/// A mistake: what was wanted, what to write, the code, and what the compiler says.
struct Lesson {
    title: String,
    file: String,
    wanted: String,
    write: String,
    code: String,
    words: String,
}

fn page() -> String {
    let mut page = format!(
        "# What the compiler says, and what to write\n\n\
         {}\n\n\
         ## Contents\n\n",
        wrapped(&format!(
            "This page lists mistakes by subject. Each has the compiler's message, and what to write instead. Each is a \
             test in `tests/ui/fail`, and `{COMMAND}` writes this page from them."
        ))
    );
    for (folder, title, _) in CHAPTERS {
        let _ = writeln!(page, "- [{title}](#{})", anchor(title));
        for lesson in lessons(folder) {
            let _ = writeln!(page, "  - [{}](#{})", lesson.title, anchor(&lesson.title));
        }
    }
    for (folder, title, introduction) in CHAPTERS {
        let _ = write!(page, "\n## {title}\n\n{}\n", wrapped(introduction));
        for lesson in lessons(folder) {
            let Lesson {
                title,
                file,
                wanted,
                write,
                code,
                words,
            } = lesson;
            let _ = write!(
                page,
                "\n### {title}\n\n\
                 {}\n\n\
                 ```rust,ignore\n{code}\n```\n\n\
                 The compiler says:\n\n\
                 ```text\n{words}\n```\n\n\
                 {}\n\n\
                 <sub>[the test](../tests/{file})</sub>\n",
                wrapped(&format!("**Wanted:** {wanted}")),
                wrapped(&format!("**Write:** {write}")),
            );
        }
    }
    page
}

/// The lessons of a chapter, by name.
fn lessons(folder: &str) -> Vec<Lesson> {
    let mut files: Vec<String> = names(&root().join("ui/fail").join(folder));
    files.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    files.iter().map(|name| lesson(folder, name)).collect()
}

fn lesson(folder: &str, name: &str) -> Lesson {
    let file = format!("ui/fail/{folder}/{name}");
    let path = root().join(&file);
    let text = fs::read_to_string(&path).expect("the lesson is there");
    let words = fs::read_to_string(path.with_extension("stderr")).expect("the compiler's words are there");
    let (comments, code) = text
        .split_once("\n\n")
        .unwrap_or_else(|| panic!("{file} starts with a comment"));
    let said = |word: &str| -> String {
        let lines = comments
            .lines()
            .skip_while(|line| !line.starts_with(&format!("// {word}: ")));
        let mut lines = lines.map(|line| line.trim_start_matches("// "));
        let first = lines.next().unwrap_or_else(|| panic!("{file} says `// {word}: …`"));
        let more = lines.take_while(|line| !line.starts_with("Write: ") && !line.starts_with("Wanted: "));
        let first = first.trim_start_matches(word).trim_start_matches(": ");
        std::iter::once(first).chain(more).collect::<Vec<_>>().join(" ")
    };
    Lesson {
        title: title(folder, name),
        wanted: said("Wanted"),
        write: said("Write"),
        code: code.trim_end().to_owned(),
        words: words.trim_end().to_owned(),
        file,
    }
}

/// `Policy: argument in quotes`, of `policy/argument_in_quotes.rs`: no two lessons have one title.
fn title(folder: &str, name: &str) -> String {
    let mut chapter = folder.to_owned();
    if let Some(first) = chapter.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{chapter}: {}", name.trim_end_matches(".rs").replace('_', " "))
}

/// The text in lines of at most 100 columns. No line ends inside code in backticks.
fn wrapped(text: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut is_code = false;
    for word in text.split(' ') {
        match pieces.last_mut() {
            Some(piece) if is_code => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
        is_code ^= word.matches('`').count() % 2 == 1;
    }
    let mut lines = String::new();
    let mut width = 0;
    for piece in pieces {
        let length = piece.chars().count();
        if width > 0 && width + 1 + length > 100 {
            lines.push('\n');
            width = 0;
        } else if width > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(&piece);
        width += length;
    }
    lines
}

/// The anchor that a heading has on a page.
fn anchor(title: &str) -> String {
    let kept = title
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == ' ');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
