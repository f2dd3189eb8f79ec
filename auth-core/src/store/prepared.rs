//! Statements that are parsed once per connection, though Diesel would parse them anew each time.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

/// A statement whose text is the same for all values. `Name` is a type of its own for each
/// statement of an engine.
///
/// Diesel parses every `UPDATE` and every text of ours anew, because their text could depend on
/// values. On PostgreSQL that is a round trip each time.
pub(in crate::store) struct Prepared<Name, Statement> {
    statement: Statement,
    name: PhantomData<Name>,
}

impl<Name, Statement> Prepared<Name, Statement> {
    /// `statement` must not have parts whose presence or number depends on its values: no `Option`
    /// changeset, no `eq_any` of a list, nothing boxed.
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
