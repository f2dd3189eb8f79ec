//! Every command in the README and in `docs/` is run by something, or says why not.

use std::fs;
use std::path::Path;

/// In the line before a block of commands: what runs it, a file of this repository.
const RUN: &str = "<!-- run by ";

/// In the line before a block of commands: why nothing does.
const NOT_RUN: &str = "<!-- not run: ";

#[test]
fn every_command_in_the_docs_is_run_by_a_file_of_this_repository_or_says_why_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = fs::read_dir(root.join("docs"))
        .expect("the docs")
        .flatten()
        .map(|entry| entry.path());
    let pages = docs.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let mut blocks = 0;
    for page in pages.chain([root.join("README.md")]) {
        let text = fs::read_to_string(&page).expect("a text");
        let mut before = "";
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with("```sh") || line.starts_with("```console") {
                blocks += 1;
                let place = format!("{}:{number}", page.display());
                if let Some(runner) = before.strip_prefix(RUN).and_then(|rest| rest.strip_suffix(" -->")) {
                    assert!(root.join(runner).is_file(), "{place}: there is no {runner}");
                } else {
                    let why = before.strip_prefix(NOT_RUN).and_then(|rest| rest.strip_suffix(" -->"));
                    assert!(
                        why.is_some_and(|why| why.len() > 10),
                        "{place}: commands that nobody runs; write `{RUN}… -->` or `{NOT_RUN}… -->` in the line before them"
                    );
                }
            }
            before = line;
        }
    }
    assert!(blocks >= 10, "only {blocks} blocks were found");
}
