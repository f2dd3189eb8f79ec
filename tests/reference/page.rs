//! A generated page, beside the one in the repository.

use std::fmt::Display;
use std::path::Path;

/// The widest line that is wrapped; tables and code stay as they are.
const WIDTH: usize = 100;

/// A page under construction.
pub struct Page(String);

impl Page {
    /// A page that begins with its title and says that it is generated.
    pub fn new(title: &str) -> Page {
        Page(format!(
            "<!-- Generated: `BLESS=1 cargo test -p tests --test reference` writes this page. -->\n\n# {title}\n"
        ))
    }

    pub fn heading(&mut self, level: usize, text: impl Display) {
        self.0.push_str(&format!("\n{} {text}\n", "#".repeat(level)));
    }

    pub fn paragraph(&mut self, text: &str) {
        self.0.push('\n');
        let mut length = 0;
        for word in text.split_whitespace() {
            let width = word.chars().count();
            if length > 0 && length + 1 + width > WIDTH {
                self.0.push('\n');
                length = 0;
            } else if length > 0 {
                self.0.push(' ');
                length += 1;
            }
            self.0.push_str(word);
            length += width;
        }
        self.0.push('\n');
    }

    /// A table with these headings; a `|` in a cell is escaped.
    pub fn table<const N: usize>(&mut self, headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
        self.0.push_str(&format!("\n| {} |\n", headings.join(" | ")));
        self.0.push_str(&format!("|{}\n", "---|".repeat(N)));
        for row in rows {
            let cells = row.map(|cell| cell.replace('|', "\\|"));
            self.0.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }

    pub fn code(&mut self, language: &str, text: &str) {
        self.0.push_str(&format!("\n```{language}\n{}\n```\n", text.trim_end()));
    }

    /// Fails where the page in the repository is another; writes it where `BLESS` is set.
    pub fn check(self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../docs/reference")
            .join(name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, self.0).expect("the page is written");
            return;
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == self.0,
            "docs/reference/{name} is not what the code says: run `BLESS=1 cargo test -p tests --test reference`, and read \
             what it changed"
        );
    }
}
