//! Values that a statement names many times and carries once.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::SingleValue;

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

impl<Type, DB: diesel::backend::Backend> QueryFragment<DB> for Word<Type> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("'");
        out.push_sql(self.text);
        out.push_sql("'");
        Ok(())
    }
}
