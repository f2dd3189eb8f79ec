//! A statement that is parsed once per connection.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

/// A statement whose SQL text is always the same, whatever its values, so that the database need not parse it again.
///
/// Diesel parses every `UPDATE` anew, because a changeset can leave out columns. For the rotation, with its `CASE` in
/// every column, that made refreshes on SQLite eight times slower; on PostgreSQL it is a round trip as well. `Name` is the statement's name in Diesel's cache;
/// each statement needs one of its own.
pub(in crate::store) struct Prepared<Name, Statement> {
    statement: Statement,
    name: PhantomData<Name>,
}

impl<Name, Statement> Prepared<Name, Statement> {
    /// `statement` must not have parts whose presence or number depends on its values: no `Option` changeset, no
    /// `eq_any` of a list, nothing boxed.
    pub(in crate::store) fn new(statement: Statement) -> Prepared<Name, Statement> {
        Prepared {
            statement,
            name: PhantomData,
        }
    }
}

impl<Name, Statement: Query> Query for Prepared<Name, Statement> {
    type SqlType = Statement::SqlType;
}

impl<Name, Statement, Conn> RunQueryDsl<Conn> for Prepared<Name, Statement> {}

impl<Name: 'static, Statement> QueryId for Prepared<Name, Statement> {
    type QueryId = Prepared<Name, ()>;
}

impl<Name, Statement: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Prepared<Name, Statement> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out)
    }

    // Not in Diesel's documentation; were it to go away, this would not compile.
    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
