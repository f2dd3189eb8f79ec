//! A page of the guide as rustdoc shows it.

use std::path::Path;

/// The text of the page `name` in the folder `guide` of the crate that is compiled.
///
/// Links between pages lead to the modules of the same names. Files of the repository are not part
/// of the documentation: of a link to one, the file's name is left.
pub(crate) fn read(name: &str) -> std::io::Result<String> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let page = std::fs::read_to_string(Path::new(&folder).join("guide").join(name).with_extension("md"))?;
    Ok(with_links_to_modules(&page))
}

fn with_links_to_modules(page: &str) -> String {
    let mut parts = page.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((target, rest)) = part.split_once(')') else {
            text.push_str("](");
            text.push_str(part);
            continue;
        };
        match target
            .split_once(".md")
            .map(|(page, heading)| (page.replace('-', "_"), heading))
        {
            _ if target.contains("://") || target.starts_with('#') => text.push_str(&format!("]({target})")),
            Some((page, heading)) if !page.contains('/') => {
                text.push_str(&format!("](crate::guide::{page}{heading})"));
            }
            _ => {
                let file = target.split('#').next().unwrap_or_default().trim_start_matches("../");
                // The bracket that begins the link's text goes.
                if let Some(bracket) = text.rfind('[') {
                    text.remove(bracket);
                }
                text.push_str(&format!(" (`{file}`)"));
            }
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::with_links_to_modules;

    #[test]
    fn a_link_to_a_page_is_one_to_its_module_and_a_file_is_named() {
        for (written, shown) in [
            ("[a](roles-and-rules.md)", "[a](crate::guide::roles_and_rules)"),
            (
                "[a](policies.md#two-routes), b",
                "[a](crate::guide::policies#two-routes), b",
            ),
            ("[a](../keys.md#which-kind).", "a (`keys.md`)."),
            (
                "see [`a`](../../examples/x/src/users.rs)",
                "see `a` (`examples/x/src/users.rs`)",
            ),
            ("[a](https://docs.rs/metrics)", "[a](https://docs.rs/metrics)"),
            (
                "[a](#below) and [b](keys.md)",
                "[a](#below) and [b](crate::guide::keys)",
            ),
            ("no link", "no link"),
        ] {
            assert_eq!(with_links_to_modules(written), shown, "{written}");
        }
    }
}
