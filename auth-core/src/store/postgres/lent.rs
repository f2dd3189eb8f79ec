//! Finds a pooler that lends another connection for each transaction, if the configuration names
//! none.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::connect::{ConnectError, Connector};
use crate::store::{OpenError, Pooler};

/// How often to look. On a busy pooler another client may take the connection that would have told.
const LOOKS: usize = 3;

/// Refuses a pooler that the configuration does not name. Statements prepared on one connection
/// would be missing on the next, and the store's settings would stay on connections of other
/// clients.
///
/// Each connection to PostgreSQL has a server process of its own, which this check compares.
/// Through such a pooler two clients can meet the same process. A client can also get another
/// process than before, while a transaction of the other client holds the first. The check leaves
/// nothing behind.
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
