use diesel::QueryResult;

/// The row of a statement that changes one, once the database has said that it is committed: of a statement that runs alone.
///
/// Diesel's `get_result` is content with the row. A server that is shut down at once (or after another of its processes crashed)
/// still sends the rows that it had written down for its client, and forgets what was not committed. `get_results` reads to the
/// end of the answer, which comes after the commit.
pub(super) async fn confirmed<Row>(rows: impl Future<Output = QueryResult<Vec<Row>>>) -> QueryResult<Option<Row>> {
    Ok(rows.await?.pop())
}
