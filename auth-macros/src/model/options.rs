use proc_macro2::TokenStream;
use syn::{Ident, LitStr};

use crate::diagnostics::Diagnostics;
use crate::parse::{MFA, MFA_WORD, Setting};

/// What an attribute demands besides its rule.
#[derive(Default)]
pub(crate) struct Options {
    /// How many seconds ago the user may have signed in.
    pub(crate) fresh: Option<u32>,
    /// Whether the sign-in must be with a second factor.
    pub(crate) mfa: bool,
}

const WRITE: &str = "write `fresh = \"5m\"`, or `\"90s\"`, `\"1h 30m\"`";

impl Options {
    /// Reads `name = value`s and the words `mfa`; wrong ones are reported and left out.
    pub(crate) fn of(settings: Vec<Setting>, words: Vec<Ident>, diagnostics: &mut Diagnostics) -> Options {
        let mut options = Options::default();
        for word in words {
            if options.mfa {
                diagnostics.error(&word, "`mfa` stands here twice: remove one");
            }
            options.mfa = true;
        }
        let mut first: Option<Ident> = None;
        for Setting { name, value } in settings {
            if name == MFA_WORD {
                diagnostics.error(&name, MFA);
                continue;
            }
            if name != "fresh" {
                diagnostics.error(&name, unknown(&name));
                continue;
            }
            if first.is_some() {
                diagnostics.error(&name, "`fresh` stands here twice: remove one");
                continue;
            }
            first = Some(name.clone());
            options.fresh = fresh(&name, &value, diagnostics);
        }
        options
    }
}

/// What to say about `roles = "admin"`, and about any other word that is no option.
fn unknown(name: &Ident) -> String {
    if name.to_string().starts_with("role") {
        format!("roles need no `{name} =`: write `#[require_role(YourRole::Admin)]`")
    } else {
        format!(
            "unknown option `{name}`: there are `fresh = \"5m\"`, how long ago the user may have signed in, and `mfa`, with \
             a second factor"
        )
    }
}

fn fresh(name: &Ident, value: &TokenStream, diagnostics: &mut Diagnostics) -> Option<u32> {
    if value.is_empty() {
        diagnostics.error(name, format!("`fresh` needs a duration: {WRITE}"));
        return None;
    }
    let Ok(text) = syn::parse2::<LitStr>(value.clone()) else {
        diagnostics.error(value, format!("`fresh` is a duration in quotes: {WRITE}"));
        return None;
    };
    match seconds(&text.value()) {
        Ok(seconds) => Some(seconds),
        Err(message) => {
            diagnostics.error(&text, message);
            None
        }
    }
}

fn not_a_duration(text: &str) -> String {
    match text.parse::<u32>() {
        Ok(number) => {
            format!("`{text}` has no unit: write `fresh = \"{number}s\"` for seconds, `\"{number}m\"` for minutes")
        }
        Err(_) => format!("`{text}` is no duration: {WRITE}"),
    }
}

/// The whole seconds of a duration as a person writes it.
fn seconds(text: &str) -> Result<u32, String> {
    let duration = humantime::parse_duration(text).map_err(|_| not_a_duration(text))?;
    if duration.is_zero() {
        return Err(format!("`{text}` leaves no time to sign in: {WRITE}"));
    }
    if duration.subsec_nanos() != 0 {
        return Err(format!(
            "`{text}` is not a whole number of seconds: write `fresh = \"{}s\"`",
            duration.as_secs() + 1
        ));
    }
    u32::try_from(duration.as_secs()).map_err(|_| format!("`{text}` is longer than any session: leave `fresh` out"))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_duration_is_read_as_a_person_writes_it() {
        for (text, expected) in [
            ("5m", 300),
            ("90s", 90),
            ("1h 30m", 5400),
            ("1day", 86_400),
            ("1000ms", 1),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_duration_that_means_nothing_is_refused_with_what_to_write() {
        for (text, expected) in [
            ("", "is no duration"),
            ("5", "has no unit"),
            ("five minutes", "is no duration"),
            ("-5m", "is no duration"),
            ("0s", "leaves no time"),
            ("0m", "leaves no time"),
            ("1500ms", "not a whole number of seconds"),
            ("500years", "longer than any session"),
        ] {
            let message = seconds(text).err().unwrap_or_default();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
