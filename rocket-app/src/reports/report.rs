//! One report: its row, and why it cannot be read or written.

use auth_core::store::OpenError;
use diesel::prelude::*;
use serde::Serialize;

diesel::table! {
    /// The reports.
    reports (id) {
        /// The report's number.
        id -> Integer,
        /// The id of the user it belongs to.
        owner -> Text,
        /// What it is about.
        title -> Text,
    }
}

/// One report.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Its number.
    pub id: i32,
    /// The id of the user it belongs to.
    pub owner: String,
    /// What it is about.
    pub title: String,
}

/// Why reports cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The database of `auth.store` cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The table cannot be read, and opening was not to make it.
    #[error(
        "{0}; where the demo's table of reports is missing, run `rocket-app migrate`, or set `auth.migrate` to \"auto\""
    )]
    Unreadable(#[source] Box<ReportError>),
    /// The database did not answer in time.
    #[error("the database of the reports does not answer")]
    TimedOut,
    /// The database does not answer.
    #[error("the reports cannot be reached: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub(super) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ReportError {
    ReportError::Unavailable(Box::new(error))
}
