//! What rustdoc prints.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::assert_same;
use crate::twins::{Twin, each, run};

#[test]
fn the_documentation_is_the_same() {
    let [plain, guarded] = each(rendered);
    for page in [
        "app/marked/fn.documented.html",
        "app/methods/fn.put_it.html",
        "elsewhere/nested/fn.deep.html",
    ] {
        assert!(plain.contains(page), "{page} is there");
    }
    assert_same("documentation", &plain, &guarded);
}

/// Every page of the twin, a tag a line, behind the name of its file. Handlers of the program are private, so those are shown.
fn rendered(twin: &Twin) -> String {
    let mut app = twin.compiler("rustdoc", "app");
    run(app.args(["--edition=2024", "--document-private-items", "-o", "docs"]));
    run(twin
        .compiler("rustdoc", "elsewhere")
        .args(["--edition=2018", "-o", "docs"]));
    let mut pages = String::new();
    for name in ["app", "elsewhere"] {
        read(&twin.folder.join("docs"), Path::new(name), &mut pages);
    }
    pages
}

fn read(root: &Path, folder: &Path, pages: &mut String) {
    let entries = fs::read_dir(root.join(folder)).expect("the folder is there");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        if root.join(&path).is_dir() {
            read(root, &path, pages);
            continue;
        }
        writeln!(pages, "{}", path.display()).expect("a text grows");
        // The page of a type lists what each crate implements for all types, ours among them.
        let name = name.to_string_lossy();
        if ["struct.", "enum."].iter().any(|kind| name.starts_with(kind)) {
            continue;
        }
        let text = fs::read_to_string(root.join(&path)).expect("a page");
        for line in text.replace('<', "\n<").lines() {
            writeln!(pages, "{}: {line}", path.display()).expect("a text grows");
        }
    }
}
