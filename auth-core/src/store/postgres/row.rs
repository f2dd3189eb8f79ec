//! Rows as they come out of the tables.

use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::schema::{auth_accounts, auth_sessions};
use crate::store::row::rows;

rows! { backend: Pg, id: Uuid, roles: Vec<String> }
