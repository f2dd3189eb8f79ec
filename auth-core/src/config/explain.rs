//! What is wrong with a setting in our own words, and where it stands.

use figment::error::Kind;
use figment::{Error as FigmentError, Figment, Metadata, Provider, Source};

use super::ConfigError;

/// Tables that belong below a profile. At the top of the file they name a profile, which nothing
/// selects.
const TABLES: [&str; 5] = ["auth", "databases", "limits", "shutdown", "tls"];

/// How the table `auth` is written.
pub(super) const A_TABLE: &str = "a table such as `{mount=\"/auth\"}`";

impl ConfigError {
    /// Adds where the setting stands, if `figment` knows: a file, or a variable of the environment.
    #[must_use]
    pub fn located(mut self, figment: &Figment) -> ConfigError {
        let named = |part: &&str| part.parse::<usize>().is_err();
        let path: Vec<&str> = self.setting.split('.').take_while(named).collect();
        let place = figment
            .find_metadata(&path.join("."))
            .and_then(|metadata| place(metadata, &path));
        self.add(place);
        self
    }

    /// Adds `place`, once.
    pub(super) fn add(&mut self, place: Option<String>) {
        let place = place.map(|place| format!(" ({place})"));
        if let Some(place) = place.filter(|place| !self.problem.ends_with(place.as_str())) {
            self.problem.push_str(&place);
        }
    }
}

/// Refuses a file that is malformed, and one whose settings stand outside of a profile, where
/// nothing reads them.
pub(super) fn check_file(figment: &Figment) -> Result<(), ConfigError> {
    if figment.data().is_err() {
        // Asked for anything, it says what is wrong.
        return match figment.find_value("auth") {
            Err(error) => Err(malformed(&error)),
            Ok(_) => Ok(()),
        };
    }
    let misplaced = figment
        .profiles()
        .find_map(|profile| TABLES.iter().find(|table| profile.as_str() == **table));
    let Some(table) = misplaced else { return Ok(()) };
    let mut error = ConfigError::new(
        format!("[{table}]"),
        format!("names a profile here; write `[default.{table}]`"),
    );
    error.add(figment.metadata().find_map(in_file));
    Err(error)
}

/// The error of a file that is malformed. The parser quotes the line, which may hold a secret; this
/// says its number.
fn malformed(error: &FigmentError) -> ConfigError {
    let Kind::Message(text) = &error.kind else {
        return describe(error, None);
    };
    let line = text
        .split_once(" at ")
        .and_then(|(_, rest)| rest.lines().next())
        .filter(|place| place.starts_with("line "));
    let line = line.map(|line| format!(" at {line}")).unwrap_or_default();
    let file = error.metadata.as_ref().and_then(|metadata| match &metadata.source {
        Some(Source::File(_)) => metadata.source.as_ref().map(ToString::to_string),
        _ => None,
    });
    let name = file.unwrap_or_else(|| "the configuration".to_owned());
    // Above all profiles, where only their tables may stand.
    let quoted = text.lines().find_map(|line| line.split_once(" | "));
    let key = quoted
        .and_then(|(_, line)| line.split_once('='))
        .map(|(key, _)| key.trim());
    let is_name =
        |key: &&str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    match key.filter(is_name) {
        Some(key) if text.trim_end().ends_with("expected a map") => ConfigError::new(
            key,
            format!("stands outside of a profile{line} of `{name}`; write it below `[default]`"),
        ),
        _ => ConfigError::new(name, format!("is malformed{line}")),
    }
}

/// The error in our words. Figment quotes the value it found, which may be a secret; this never
/// does. `table` is what was asked for, when that was not everything.
pub(super) fn describe(error: &FigmentError, table: Option<&str>) -> ConfigError {
    // Where a table was asked for, Figment writes its name behind the path, not before it.
    let parts = error.path.iter().map(String::as_str);
    // A path it keeps in a field of its own.
    let parts = parts.filter(|part| Some(*part) != table && !part.starts_with("___figment"));
    let mut path: Vec<&str> = parts.collect();
    let field = match &error.kind {
        Kind::UnknownField(name, _) => Some(name.as_str()),
        Kind::MissingField(name) => Some(&**name),
        _ => None,
    };
    path.extend(field.filter(|field| path.last() != Some(field)));
    if let Some(table) = table {
        path.insert(0, table);
    }
    let setting = path.join(".");
    let list = |names: &[&str]| names.join(", ");
    let problem = match &error.kind {
        _ if rockets(&setting).is_some() => format!("must be {}", rockets(&setting).unwrap_or_default()),
        Kind::UnknownField(_, known) => format!("is no setting; there are: {}", list(known)),
        Kind::UnknownVariant(_, known) => format!("must be one of: {}", list(known)),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("must be {}", wanted(expected)),
        Kind::MissingField(_) => "is missing".to_owned(),
        Kind::DuplicateField(name) => format!("has `{name}` twice"),
        Kind::Message(text) => format!("is wrong: {text}"),
        _ => "cannot be read".to_owned(),
    };
    let mut described = ConfigError::new(setting, problem);
    described.add(error.metadata.as_ref().and_then(|metadata| place(metadata, &path)));
    described
}

/// What serde expects, without the names of Rust's types.
fn wanted(expected: &str) -> String {
    if expected == "struct Config" {
        A_TABLE.to_owned()
    } else if expected.starts_with("struct ") || expected == "a map" {
        "a table such as `{name=\"value\"}`".to_owned()
    } else if expected == "a sequence" {
        "a list such as `[\"value\"]`".to_owned()
    } else if expected == "a string" || expected.starts_with("enum ") || expected.starts_with("string or") {
        "text, in quotes".to_owned()
    } else if expected == "path string" {
        "a path, in quotes".to_owned()
    } else if expected == "a boolean" {
        "`true` or `false`".to_owned()
    } else if ["usize", "u32", "u16", "u8", "u64"].contains(&expected) {
        "a whole number that is not negative".to_owned()
    } else {
        expected.to_owned()
    }
}

/// What would do for a setting of Rocket's own.
fn rockets(setting: &str) -> Option<&'static str> {
    Some(match setting {
        "address" => "an IP address such as `127.0.0.1` or `0.0.0.0`",
        "port" => "a number from 0 to 65535",
        "workers" | "max_blocking" => "a whole number such as `8`",
        "keep_alive" => "a number of seconds such as `5`; `0` turns it off",
        "ident" => "text, or `false`",
        "ip_header" => "the name of a header such as `X-Real-IP`, or `false`",
        "temp_dir" => "a path",
        "log_level" => "one of `critical`, `normal`, `debug` and `off`",
        "cli_colors" | "shutdown.ctrlc" | "shutdown.force" => "`true` or `false`",
        "shutdown" => "a table such as `{grace=5}`",
        "shutdown.grace" | "shutdown.mercy" => "a number of seconds such as `5`",
        "shutdown.signals" => "a list such as `[\"term\"]`",
        "limits" => "a table such as `{json=\"1MiB\"}`",
        _ if setting.starts_with("limits.") => "a size such as `1MiB`",
        _ if setting.starts_with("shutdown.signals") => "the name of a signal such as `term`",
        _ => return None,
    })
}

/// Where a value stands, when that is a file or the environment.
pub(super) fn place(metadata: &Metadata, path: &[&str]) -> Option<String> {
    in_file(metadata).or_else(|| {
        let prefix = metadata.name.strip_suffix(" environment variable(s)")?;
        Some(format!(
            "set by `{}{}`",
            prefix.trim_matches('`'),
            path.first()?.to_uppercase()
        ))
    })
}

fn in_file(metadata: &Metadata) -> Option<String> {
    match &metadata.source {
        Some(file @ Source::File(_)) => Some(format!("set in `{file}`")),
        _ => None,
    }
}
