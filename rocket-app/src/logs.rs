//! The log as one JSON object a line, where `logs.format` says so; else Rocket's own.

use std::fmt;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use auth_core::Timestamp;
use auth_core::config::ConfigError;
use log::LevelFilter;
use rocket::config::LogLevel;
use rocket::figment::Figment;
use serde::Deserialize;
use serde_json::{Map, Value};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// How the log is written: `logs.format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As Rocket writes it, for people.
    #[default]
    Text,
    /// One object a line on standard output: `time`, `level`, `target`, `message`, and the fields
    /// of an event.
    Json,
}

/// Why the log cannot be written as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogsError {
    /// The setting is not what it can be.
    #[error(transparent)]
    Format(#[from] ConfigError),
    /// Another logger writes the log of this process already.
    #[error("the log of this process is written by something else already")]
    Taken,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    format: Format,
}

impl Format {
    /// Reads the setting.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] says what would do.
    pub fn read(figment: &Figment) -> Result<Format, ConfigError> {
        let settings: Settings = match figment.contains("logs") {
            true => figment.extract_inner("logs").map_err(|_| {
                let refused = ConfigError::new("logs", "must be `{format=\"text\"}` or `{format=\"json\"}`");
                refused.located(figment)
            })?,
            false => Settings::default(),
        };
        Ok(settings.format)
    }
}

/// Reads the setting, and where it is JSON takes the log over, for the whole process.
///
/// # Errors
///
/// [`LogsError`]; called a second time with JSON, too.
pub fn set_up(figment: &Figment) -> Result<Format, LogsError> {
    let format = Format::read(figment)?;
    if format == Format::Json {
        // A level that cannot be read stops Rocket itself.
        let level = figment.extract_inner("log_level").unwrap_or(LogLevel::Normal);
        let lines = Lines(level.into());
        log::set_boxed_logger(Box::new(lines)).map_err(|_| LogsError::Taken)?;
        log::set_max_level(lines.0);
        tracing::subscriber::set_global_default(Registry::default().with(lines)).map_err(|_| LogsError::Taken)?;
    }
    Ok(format)
}

/// Writes lines up to this level, of the same things as Rocket's logger does.
#[derive(Clone, Copy)]
struct Lines(LevelFilter);

impl Lines {
    fn shows(self, level: log::Level, target: &str) -> bool {
        // What is said at launch is shown at every level but "off"; what only Rocket's own debug
        // level shows is not.
        let launch = self.0 != LevelFilter::Off && target.starts_with("rocket::launch");
        let below = ["hyper", "rustls", "r2d2"]
            .iter()
            .any(|library| target.starts_with(library));
        launch || level <= self.0 && (!below || self.0 == LevelFilter::Trace)
    }

    /// One line, whole: other threads write, too.
    fn write(level: log::Level, target: &str, mut fields: Map<String, Value>) {
        let level = match level {
            log::Level::Warn if target.starts_with("rocket::launch") => log::Level::Info,
            level => level,
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        // After the fields, so that none of them can stand in for these.
        fields.insert("time".to_owned(), now.to_string().into());
        fields.insert("level".to_owned(), level.as_str().to_ascii_lowercase().into());
        // A trailing "_" is how Rocket indents.
        fields.insert("target".to_owned(), target.trim_end_matches(['_', ':']).into());
        let line = format!("{}\n", Value::Object(fields));
        // A failed write to standard output cannot be reported anywhere.
        let _gone = std::io::stdout().write_all(line.as_bytes());
    }
}

impl log::Log for Lines {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        self.shows(metadata.level(), metadata.target())
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.shows(record.level(), record.target()) {
            let message = record.args().to_string().into();
            let fields = Map::from_iter([("message".to_owned(), message)]);
            Lines::write(record.level(), record.target(), fields);
        }
    }

    fn flush(&self) {}
}

impl Layer<Registry> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, Registry>) {
        let metadata = event.metadata();
        let level = match *metadata.level() {
            tracing::Level::ERROR => log::Level::Error,
            tracing::Level::WARN => log::Level::Warn,
            tracing::Level::INFO => log::Level::Info,
            tracing::Level::DEBUG => log::Level::Debug,
            tracing::Level::TRACE => log::Level::Trace,
        };
        if self.shows(level, metadata.target()) {
            let mut fields = Fields(Map::new());
            event.record(&mut fields);
            Lines::write(level, metadata.target(), fields.0);
        }
    }
}

/// Numbers and truth as they are, the rest as text.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &tracing::field::Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl tracing::field::Visit for Fields {
    fn record_i64(&mut self, field: &tracing::field::Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &tracing::field::Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}
