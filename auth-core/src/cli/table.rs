//! Rows of text for people and for programs.

use std::fmt::Display;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Row};
use console::{Term, style};

use super::error::CommandError;
use super::output::{self, visible};

/// Columns of text on standard output. People, on a terminal, see what the columns are; a program
/// that reads them meets rows only.
pub(super) struct Table(comfy_table::Table);

impl Table {
    pub(super) fn new<const N: usize>(columns: [&str; N]) -> Table {
        let mut table = comfy_table::Table::new();
        table
            .load_style(NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        if Term::stdout().is_term() {
            table.set_header(columns);
        }
        Table(table)
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [&dyn Display; N]) {
        self.0.add_row(Row::from(cells.map(|cell| visible(&cell.to_string()))));
    }

    pub(super) fn print(mut self) -> Result<(), CommandError> {
        for column in self.0.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let has_header = self.0.header().is_some();
        let lines = self.0.lines().enumerate().map(|(number, line)| match line.trim_end() {
            heading if number == 0 && has_header => style(heading).bold().to_string(),
            row => row.to_owned(),
        });
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() {
            return Ok(());
        }
        output::line(&lines.join("\n"))
    }
}
