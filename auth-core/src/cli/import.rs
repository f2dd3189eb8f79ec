//! Accounts from a CSV file.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::error::CommandError;
use super::{output, progress};
use crate::account::{AccountError, check_email, normalise_email};
use crate::password::ImportedHash;
use crate::role::{Role, UnknownRole};
use crate::session::{Auth, SessionError};

/// How many bad lines are named; a file of another kind has nothing else.
const NAMED: usize = 10;

#[derive(Deserialize)]
struct Line {
    email: String,
    password_hash: String,
    #[serde(default)]
    roles: String,
}

/// A line that is good.
struct Good<R> {
    email: String,
    hash: ImportedHash,
    roles: Vec<R>,
}

/// Adds the accounts of `file`, all lines of which must be good; says how many there were already.
pub(super) async fn run<R: Role>(auth: &Auth, file: &Path) -> Result<(), CommandError> {
    let lines = read::<R>(file)?;
    let bar = progress::bar(lines.len());
    let (mut added, mut there) = (0, 0);
    for line in lines {
        match auth.accounts().import(&line.email, line.hash, line.roles).await {
            Ok(_) => added += 1,
            Err(SessionError::Accounts(AccountError::AlreadyExists)) => there += 1,
            Err(error) => return Err(error.into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    output::line(&format!("{added} accounts added, {there} were there already"))
}

fn read<R: Role>(file: &Path) -> Result<Vec<Good<R>>, CommandError> {
    let refused = |why: String| CommandError::ImportFile(file.to_owned(), why);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .map_err(|error| refused(words(&error)))?;
    let headers = reader.headers().map_err(|error| refused(words(&error)))?.clone();
    check_columns(&headers).map_err(refused)?;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| refused(words(&error)))?;
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
    Err(CommandError::ImportLines(bad.join("; ")))
}

/// The columns that are known; the last may be missing.
const COLUMNS: [&str; 3] = ["email", "password_hash", "roles"];

/// What is wrong with the first line. A file without headings has a hash there, so only what looks
/// like a name is quoted.
fn check_columns(headers: &csv::StringRecord) -> Result<(), String> {
    for (separator, name) in [(';', "`;`"), ('\t', "tabs"), ('|', "`|`")] {
        if headers.len() == 1 && headers.iter().any(|all| all.contains(separator)) {
            return Err(format!("its columns are separated by {name}; separate them by commas"));
        }
    }
    let is_name = |text: &str| {
        (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-. ".contains(&b))
    };
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', ' ', '.'], "_");
    let like = |column: &str| {
        let found = headers.iter().filter(|header| is_name(header));
        found
            .into_iter()
            .find(|header| plain(header).replace("e_mail", "email") == column)
            .map(str::to_owned)
    };
    for column in COLUMNS {
        let there = headers.iter().filter(|header| *header == column).count();
        if there > 1 {
            return Err(format!("its first line names the column `{column}` twice"));
        }
        match like(column) {
            Some(header) if there == 0 => {
                return Err(format!("its column `{header}` must be called `{column}`"));
            }
            None if there == 0 && column != "roles" => {
                let named: Vec<String> = headers
                    .iter()
                    .filter(|name| is_name(name))
                    .map(|name| format!("`{name}`"))
                    .collect();
                let found = match named.is_empty() {
                    true => "no names of columns".to_owned(),
                    false => named.join(", "),
                };
                return Err(format!("its first line has no column `{column}`, it has {found}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check<R: Role>(line: Line) -> Result<Good<R>, String> {
    check_email(&line.email).map_err(|error| error.to_string())?;
    let roles = line.roles.split_whitespace().map(UnknownRole::or_role);
    let roles: Vec<R> = roles.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    Ok(Good {
        hash: ImportedHash::new(&line.password_hash).map_err(|error| error.to_string())?,
        roles,
        email: line.email,
    })
}

/// What went wrong, without what was read: the library quotes it, and it may be a hash.
fn words(error: &csv::Error) -> String {
    let line = error
        .position()
        .map_or(String::new(), |at| format!(" (line {})", at.line()));
    let what = match error.kind() {
        csv::ErrorKind::Io(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound => "no such file".to_owned(),
                io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
                io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
                kind => kind.to_string(),
            };
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8",
        csv::ErrorKind::UnequalLengths { .. } => "a line with more or fewer columns than the first",
        _ => "not the columns that are needed",
    };
    format!("{what}{line}")
}
