//! Statements that carry each value once, and are written and parsed once.

use std::marker::PhantomData;
use std::sync::OnceLock;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::sql_types::SingleValue;
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

            impl $crate::store::statement::Name for $name {
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

/// The `N`th value bound in a statement, once more.
///
/// Diesel binds a value wherever it stands. The rotation asks for the same few in the `CASE` of every column; bound each
/// time, they made 79 parameters, and building, sending and reading those cost more than the statement. The first use of a
/// value binds it as ever; `N` counts, from 1, what is bound before and with it, in the order of the statement's text.
#[derive(Clone, Copy)]
pub(in crate::store) struct Again<const N: u8, Type>(PhantomData<Type>);

/// The numbers as texts: Diesel walks over the statement for its values as well, and should not make them anew.
const NUMBERS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

impl<const N: u8, Type> Again<N, Type> {
    /// `N` as a text; a larger one does not compile.
    const NUMBER: &'static str = NUMBERS[N as usize];
}

/// See [`Again`].
pub(in crate::store) const fn again<const N: u8, Type>() -> Again<N, Type> {
    Again(PhantomData)
}

impl<const N: u8, Type: SingleValue + TypedExpressionType> Expression for Again<N, Type> {
    type SqlType = Type;
}

impl<const N: u8, Type, Table> AppearsOnTable<Table> for Again<N, Type> where Again<N, Type>: Expression {}

impl<const N: u8, Type, Table> SelectableExpression<Table> for Again<N, Type> where Again<N, Type>: Expression {}

impl<const N: u8, Type, Grouping> ValidGrouping<Grouping> for Again<N, Type> {
    type IsAggregate = is_aggregate::Never;
}

#[cfg(feature = "sqlite")]
impl<const N: u8, Type> QueryFragment<diesel::sqlite::Sqlite> for Again<N, Type> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, diesel::sqlite::Sqlite>) -> QueryResult<()> {
        out.push_sql("?");
        out.push_sql(Self::NUMBER);
        Ok(())
    }
}

#[cfg(feature = "postgres")]
impl<const N: u8, Type> QueryFragment<diesel::pg::Pg> for Again<N, Type> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, diesel::pg::Pg>) -> QueryResult<()> {
        out.push_sql("$");
        out.push_sql(Self::NUMBER);
        Ok(())
    }
}

/// A word of ours, written into the statement: it is the same each time.
#[derive(Clone, Copy)]
pub(in crate::store) struct Word<Type> {
    text: &'static str,
    sql_type: PhantomData<Type>,
}

/// `text` is a plain word, without quotes.
pub(in crate::store) const fn word<Type>(text: &'static str) -> Word<Type> {
    Word {
        text,
        sql_type: PhantomData,
    }
}

impl<Type: SingleValue + TypedExpressionType> Expression for Word<Type> {
    type SqlType = Type;
}

impl<Type, Table> AppearsOnTable<Table> for Word<Type> where Word<Type>: Expression {}

impl<Type, Table> SelectableExpression<Table> for Word<Type> where Word<Type>: Expression {}

impl<Type, Grouping> ValidGrouping<Grouping> for Word<Type> {
    type IsAggregate = is_aggregate::Never;
}

impl<Type, DB: Backend> QueryFragment<DB> for Word<Type> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("'");
        out.push_sql(self.text);
        out.push_sql("'");
        Ok(())
    }
}
