//! What the compiler and Clippy say.

use serde_json::Value;

use crate::assert_same;
use crate::twins::{Twin, each};

/// Groups and lints that are off unless asked for, and one that must be possible to forbid.
const LINTS: &str = "\
    -Wwarnings -Wunused -Wnonstandard_style -Wfuture_incompatible -Wlet_underscore -Wkeyword_idents -Wrefining_impl_trait \
    -Wrust_2018_compatibility -Wrust_2018_idioms -Wrust_2021_compatibility -Wrust_2024_compatibility -Wmissing_docs \
    -Wunreachable_pub -Wunused_qualifications -Wunused_lifetimes -Wunused_results -Wunused_import_braces -Wunused_macro_rules \
    -Wsingle_use_lifetimes -Wredundant_lifetimes -Wmissing_debug_implementations -Wmissing_copy_implementations \
    -Wtrivial_casts -Wtrivial_numeric_casts -Wunit_bindings -Wvariant_size_differences -Wunnameable_types -Wnon_ascii_idents \
    -Wmeta_variable_misuse -Wredundant_imports -Wexplicit_outlives_requirements -Wimpl_trait_redundant_captures \
    -Wabsolute_paths_not_starting_with_crate -Wlet_underscore_drop -Wunsafe_op_in_unsafe_fn -Funsafe_code \
    -Wclippy::all -Wclippy::pedantic -Wclippy::nursery -Wclippy::restriction -Aclippy::blanket_clippy_restriction_lints";

#[test]
fn a_program_of_2024_is_warned_of_the_same() {
    compare("2024", "bin");
}

#[test]
fn a_library_of_2018_is_warned_of_the_same() {
    compare("2018", "lib");
}

fn compare(edition: &str, kind: &str) {
    let [plain, guarded] = each(|twin| warnings(twin, edition, kind));
    assert!(plain.contains("dead_code") && plain.contains("clippy::"), "{plain}");
    // Of these, guarded has fewer. Rocket prints the function again, and Clippy takes that for something that was written.
    let fewer = [
        "clippy::absolute_paths",
        "clippy::mixed_attributes_style",
        "clippy::needless_lifetimes",
        "clippy::redundant_type_annotations",
    ];
    let [plain, guarded] = [plain, guarded].map(|said| {
        let lines = said
            .lines()
            .filter(|line| !fewer.iter().any(|lint| line.contains(lint)));
        lines.collect::<Vec<_>>().join("\n")
    });
    assert_same(&format!("warnings of {edition}, {kind}"), &plain, &guarded);
}

/// What is said of the twin, a warning a line, sorted.
fn warnings(twin: &Twin, edition: &str, kind: &str) -> String {
    let mut clippy = twin.compiler("clippy-driver", "app");
    let out = twin.folder.join(format!("lints-{edition}-{kind}"));
    clippy
        .args([format!("--edition={edition}"), format!("--crate-type={kind}")])
        .args(["--emit=metadata", "--error-format=json", "--out-dir"])
        .arg(out)
        .args(LINTS.split_whitespace());
    let output = clippy.output().expect("Clippy runs");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    let mut lines: Vec<String> = said.lines().filter_map(line).collect();
    assert!(output.status.success(), "{clippy:?}\n{}", lines.join("\n"));
    // Policies are ours.
    lines.retain(|line| !line.starts_with("app/policies.rs"));
    lines.sort();
    lines.join("\n")
}

/// A message: where, which lint, and what. None for the sum at the end.
fn line(message: &str) -> Option<String> {
    let message: Value = serde_json::from_str(message).unwrap_or_else(|_| panic!("no message: {message}"));
    let spans = message["spans"].as_array().into_iter().flatten();
    let spans = spans.filter(|span| span["is_primary"] == true).map(|mut span| {
        // What a macro of the application wrote is where that is called.
        while span["expansion"]["macro_decl_name"]
            .as_str()
            .is_some_and(|name| name.ends_with('!'))
        {
            span = &span["expansion"]["span"];
        }
        format!(
            "{}:{}:{}",
            span["file_name"].as_str().unwrap_or_default(),
            span["line_start"],
            span["column_start"]
        )
    });
    let places = spans.collect::<Vec<_>>().join(", ");
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('\n', " ");
    message["code"]["code"].is_string().then(|| {
        format!(
            "{places} {} {}",
            text(&message["code"]["code"]),
            text(&message["message"])
        )
    })
}
