//! Accounts from a CSV file.

use std::path::Path;

use auth_core::Auth;
use auth_core::account::{AccountError, check_email, normalise_email};
use auth_core::password::ImportedHash;
use auth_core::session::SessionError;
use serde::Deserialize;

use super::{CommandError, output, progress, user};

/// How many bad lines are named; a file of another kind has nothing else.
const NAMED: usize = 10;

/// Why nothing was imported. The texts hold line numbers and no hash.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be opened, or is no CSV with these columns.
    #[error("the file cannot be read: {0}")]
    File(String),
    /// Lines that will not do.
    #[error("nothing was imported: {0}")]
    Lines(String),
}

#[derive(Deserialize)]
struct Line {
    email: String,
    password_hash: String,
    #[serde(default)]
    roles: String,
}

/// A line that is good.
struct Good {
    email: String,
    hash: ImportedHash,
    roles: Vec<String>,
}

/// Adds the accounts of `file`, all lines of which must be good; says how many there were already.
pub(super) async fn run(auth: &Auth, file: &Path) -> Result<(), CommandError> {
    let lines = read(file)?;
    let bar = progress::bar(lines.len());
    let (mut added, mut there) = (0, 0);
    for line in lines {
        match auth.import_account(&line.email, line.hash, line.roles).await {
            Ok(_) => added += 1,
            Err(SessionError::Accounts(AccountError::AlreadyExists)) => there += 1,
            Err(error) => return Err(error.into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    output::line(&format!("{added} accounts added, {there} were there already"))
}

fn read(file: &Path) -> Result<Vec<Good>, ImportError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .map_err(|error| ImportError::File(words(&error)))?;
    let headers = reader
        .headers()
        .map_err(|error| ImportError::File(words(&error)))?
        .clone();
    for column in ["email", "password_hash"] {
        if !headers.iter().any(|header| header == column) {
            return Err(ImportError::File(format!(
                "it has no column `{column}` in its first line"
            )));
        }
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| ImportError::File(words(&error)))?;
        let number = record.position().map_or(0, csv::Position::line);
        match record
            .deserialize::<Line>(Some(&headers))
            .map_err(|error| words(&error))
            .and_then(check)
        {
            Ok(line) if seen.insert(normalise_email(&line.email)) => good.push(line),
            Ok(_) => bad.push(format!("line {number}: the e-mail is in the file twice")),
            Err(why) => bad.push(format!("line {number}: {why}")),
        }
    }
    if bad.is_empty() {
        return Ok(good);
    }
    let more = bad.len().saturating_sub(NAMED);
    bad.truncate(NAMED);
    if more > 0 {
        bad.push(format!("and {more} more"));
    }
    Err(ImportError::Lines(bad.join("; ")))
}

fn check(line: Line) -> Result<Good, String> {
    check_email(&line.email).map_err(|error| error.to_string())?;
    let typed: Vec<String> = line.roles.split_whitespace().map(str::to_owned).collect();
    Ok(Good {
        hash: ImportedHash::new(&line.password_hash).map_err(|error| error.to_string())?,
        roles: user::canonical(&typed).map_err(|error| error.to_string())?,
        email: line.email,
    })
}

/// What went wrong, without what was read: the library quotes it, and it may be a hash.
fn words(error: &csv::Error) -> String {
    let line = error
        .position()
        .map_or(String::new(), |at| format!(" (line {})", at.line()));
    let what = match error.kind() {
        csv::ErrorKind::Io(error) => return error.kind().to_string(),
        csv::ErrorKind::Utf8 { .. } => "not UTF-8",
        csv::ErrorKind::UnequalLengths { .. } => "a line with more or fewer columns than the first",
        _ => "not the columns that are needed",
    };
    format!("{what}{line}")
}
