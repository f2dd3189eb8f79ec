//! A statement that is written and parsed once.

use std::marker::PhantomData;
use std::sync::OnceLock;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

/// What a statement is called, in Diesel's cache and here; see [`statements`].
pub(in crate::store) trait Name: 'static {
    /// Where its text is kept.
    fn text() -> &'static OnceLock<String>;
}

/// Names for statements. Each statement needs one of its own, per engine.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $(
            $(#[$doc])*
            struct $name;

            impl $crate::store::prepared::Name for $name {
                fn text() -> &'static std::sync::OnceLock<String> {
                    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
                    &TEXT
                }
            }
        )*
    };
}
pub(in crate::store) use statements;

/// A statement whose SQL text is always the same, whatever its values, so that it is written once per program and parsed once
/// per connection.
///
/// Diesel parses every `UPDATE` anew, because a changeset can leave out columns. For the rotation, with its `CASE` in
/// every column, that made refreshes on SQLite eight times slower; on PostgreSQL it is a round trip as well. And
/// `diesel_async` writes the text of every statement anew, also of one that is prepared: a tenth of what a refresh cost.
pub(in crate::store) struct Prepared<N, Statement> {
    statement: Statement,
    name: PhantomData<N>,
}

impl<N, Statement> Prepared<N, Statement> {
    /// `statement` must not have parts whose presence or number depends on its values: no `Option` changeset, no
    /// `eq_any` of a list, nothing boxed.
    pub(in crate::store) fn new(statement: Statement) -> Prepared<N, Statement> {
        Prepared {
            statement,
            name: PhantomData,
        }
    }
}

impl<N, Statement: Query> Query for Prepared<N, Statement> {
    type SqlType = Statement::SqlType;
}

impl<N, Statement, Conn> RunQueryDsl<Conn> for Prepared<N, Statement> {}

impl<N: 'static, Statement> QueryId for Prepared<N, Statement> {
    type QueryId = Prepared<N, ()>;
}

impl<N: Name, Statement: QueryFragment<DB>, DB: Backend<QueryBuilder: Default>> QueryFragment<DB>
    for Prepared<N, Statement>
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out)
    }

    // These two are not in Diesel's documentation; were they to go away, this would not compile.

    fn to_sql(&self, out: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        if let Some(text) = N::text().get() {
            out.push_sql(text);
            return Ok(());
        }
        let mut written = DB::QueryBuilder::default();
        self.statement.to_sql(&mut written, backend)?;
        out.push_sql(N::text().get_or_init(|| written.finish()));
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
