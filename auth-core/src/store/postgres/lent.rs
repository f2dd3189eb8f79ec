//! Whether a pooler lends another connection for each transaction, though nobody said so.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::connect::{ConnectError, Connector};
use crate::store::{OpenError, Pooler};

/// How often to look. On a busy pooler another client may take the connection that would have told.
const LOOKS: usize = 3;

/// Refuses a pooler that the store was not told of: statements prepared on one connection would be missing on the next, and
/// what is set for us would stay with others.
///
/// A process of the server stands behind each of its connections. Through such a pooler two clients can meet the same one, or
/// a client another one than before, while a transaction of the other holds that. Nothing is left behind.
pub(super) async fn check(connector: &Connector) -> Result<(), OpenError> {
    if connector.pooler() == Pooler::None && connector.in_time(is_lent(connector)).await? {
        return Err(OpenError::TransactionPooler(connector.name().to_owned()));
    }
    Ok(())
}

async fn is_lent(connector: &Connector) -> Result<bool, ConnectError> {
    let (one, _driver) = connector.dial().await?;
    let (other, _driver) = connector.dial().await?;
    for _ in 0..LOOKS {
        let before = process(&one, "SELECT pg_backend_pid()").await?;
        let beside = process(&other, "BEGIN; SELECT pg_backend_pid()").await?;
        let after = process(&one, "SELECT pg_backend_pid()").await?;
        other.batch_execute("ROLLBACK").await?;
        if before == beside || before != after {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The one value that `sql` answers with, by the protocol that prepares nothing.
async fn process(client: &Client, sql: &str) -> Result<Option<String>, ConnectError> {
    let answer = client.simple_query(sql).await?;
    Ok(answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
