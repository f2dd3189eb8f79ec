//! What a person or a program reads: standard output, on which a write may fail, and text that may
//! hold control characters.

use std::io::{self, Write, stdout};

use console::style;
use serde::Serialize;

use super::error::CommandError;

/// Prints one or more lines.
pub(super) fn line(text: &str) -> Result<(), CommandError> {
    let mut out = stdout().lock();
    let printed = writeln!(out, "{text}").and_then(|()| out.flush());
    printed.map_err(CommandError::Output)
}

/// Prints JSON, in which no terminal finds a command.
pub(super) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value)?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        // JSON itself escapes those of ASCII; the others have four digits.
        match c {
            '\n' => escaped.push(c),
            _ if is_invisible(c) => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => escaped.push(c),
        }
    }
    line(&escaped)
}

/// The text with its control characters escaped, so that it stays on its line and commands no
/// terminal.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            visible.extend(c.escape_default());
        } else {
            visible.push(c);
        }
    }
    visible
}

/// Control characters, and the marks that turn a line around or cannot be seen (Unicode TR 36
/// §3.1).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Says on standard error why a command failed, in one line. Nothing is to be done where that fails
/// as well.
pub(super) fn complain(program: &str, error: &CommandError) {
    let prefix = style(format!("{program}:")).for_stderr().red().bold();
    let _unheard: io::Result<()> = writeln!(io::stderr(), "{prefix} {}", visible(&error.to_string()));
}

/// Rocket logs with `println!`, which panics where nothing can be printed. The program then ends as
/// a command does that cannot print.
pub(super) fn end_when_nothing_can_be_printed(program: String) {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let Some(failed) = panic
            .payload_as_str()
            .filter(|text| text.starts_with("failed printing to std"))
        else {
            return otherwise(panic);
        };
        if failed.contains("Broken pipe") {
            std::process::exit(0);
        }
        let why = failed.split_once(": ").map_or(failed, |(_, why)| why);
        complain(&program, &CommandError::Output(io::Error::other(why.to_owned())));
        std::process::exit(1);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_letters_of_any_script_stay() {
        for (text, shown) in [
            ("ann@example.com", "ann@example.com"),
            ("größe@合言.例え", "größe@合言.例え"),
            ("a\r\nb\t\u{1b}[31m", "a\\r\\nb\\t\\u{1b}[31m"),
            ("a\u{9b}b\u{202e}c\u{200b}", "a\\u{9b}b\\u{202e}c\\u{200b}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
