//! What the database itself says of accounts and tickets, read past the library.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::site::Site;

/// A connection to the database of a site.
///
/// Of a SQLite file, drop it only while a server runs: the last connection to be closed clears the
/// log that a killed server left behind.
pub enum Table {
    Sqlite(SqliteConnection),
    Postgres(Client),
}

/// Every account and every ticket, as they were at one moment.
pub struct Snapshot {
    /// The hashes of passwords, by the e-mail of the account.
    pub accounts: HashMap<String, String>,
    /// Whether a ticket is used or ended, by the hash of its secret.
    pub is_used: HashMap<String, bool>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Table {
    /// Connects.
    pub async fn of(site: &Site) -> Table {
        if site.url().starts_with("sqlite:") {
            let path = site.file().display().to_string();
            let mut conn = SqliteConnection::establish(&path).expect("the file opens");
            let waits = diesel::sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn);
            waits.expect("a setting");
            return Table::Sqlite(conn);
        }
        let connected = tokio_postgres::connect(site.url(), NoTls).await;
        let (client, connection) = connected.expect("the cluster lets us in");
        tokio::spawn(async move {
            let _ended = connection.await;
        });
        Table::Postgres(client)
    }

    /// Reads everything.
    pub async fn snapshot(&mut self) -> Snapshot {
        let pairs = |lines: Vec<String>| -> Vec<(String, String)> {
            let split = |line: String| {
                let (key, value) = line.split_once(' ').expect("written with one");
                (key.to_owned(), value.to_owned())
            };
            lines.into_iter().map(split).collect()
        };
        let accounts = "SELECT email_key || ' ' || password_hash AS line FROM auth_accounts";
        let accounts = pairs(self.lines(accounts).await).into_iter().collect();
        let hash = self.hexadecimal("secret_hash");
        let used = "CASE WHEN used_at IS NULL THEN 'open' ELSE 'used' END";
        let tickets = format!("SELECT {hash} || ' ' || {used} AS line FROM auth_tickets");
        let tickets = pairs(self.lines(&tickets).await).into_iter();
        Snapshot {
            accounts,
            is_used: tickets.map(|(hash, state)| (hash, state == "used")).collect(),
        }
    }

    /// How many tickets are used or ended.
    pub async fn used(&mut self) -> usize {
        let count = "SELECT CAST(count(*) AS TEXT) AS line FROM auth_tickets WHERE used_at IS NOT NULL";
        let lines = self.lines(count).await;
        lines[0].parse().expect("a number")
    }

    /// How many open tickets are older than a use of a reset ticket of their user, which ends them.
    pub async fn survivors(&mut self) -> usize {
        let hash = self.hexadecimal("one.secret_hash");
        let survivors = format!(
            "SELECT {hash} AS line FROM auth_tickets one JOIN auth_tickets other \
             ON one.user_id = other.user_id AND one.created_at < other.used_at \
             WHERE one.used_at IS NULL AND one.expires_at > one.created_at AND other.purpose = 'reset'"
        );
        self.lines(&survivors).await.len()
    }

    fn hexadecimal(&self, column: &str) -> String {
        match self {
            Table::Sqlite(_) => format!("lower(hex({column}))"),
            Table::Postgres(_) => format!("encode({column}, 'hex')"),
        }
    }

    /// The column `line` of a query.
    async fn lines(&mut self, sql: &str) -> Vec<String> {
        match self {
            Table::Sqlite(conn) => {
                let lines = diesel::sql_query(sql).load::<Line>(conn).expect("the file is readable");
                lines.into_iter().map(|line| line.line).collect()
            }
            Table::Postgres(client) => {
                let messages = client.simple_query(sql).await.expect("the cluster answers");
                let lines = messages.into_iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => row.get("line").map(str::to_owned),
                    _ => None,
                });
                lines.collect()
            }
        }
    }
}
