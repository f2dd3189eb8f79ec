//! The table at the end.

use std::time::Duration;

use crate::site::{RECOVERED_WITHIN, tail};

/// What one scenario came to.
#[derive(Default)]
pub struct Row {
    pub load: String,
    pub answered: u64,
    pub refused: u64,
    pub unanswered: u64,
    pub lost: usize,
    pub revived: usize,
    pub recovery: Option<Duration>,
    /// Figures worth printing.
    pub notes: Vec<String>,
    /// Everything that must not have happened.
    pub problems: Vec<String>,
}

impl Row {
    /// Adds a figure worth printing.
    pub fn note(mut self, note: impl Into<String>) -> Row {
        self.notes.push(note.into());
        self
    }

    /// Says what should have been where it was not.
    pub fn require(mut self, holds: bool, what: impl Into<String>) -> Row {
        if !holds {
            self.problems.push(what.into());
        }
        self
    }

    /// Holds the log of a node to what no log may say.
    pub fn quiet(mut self, log: &str) -> Row {
        let bad: Vec<&str> = log
            .lines()
            .filter(|line| {
                ["panicked", "500 Internal", "internal_error"]
                    .iter()
                    .any(|word| line.contains(word))
            })
            .collect();
        if let Some(first) = bad.first() {
            self.problems
                .push(format!("{} lines of the log like: {first}", bad.len()));
            eprintln!("{}", tail(log));
        }
        self
    }

    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<String> {
        let late = self.recovery.filter(|recovery| *recovery > RECOVERED_WITHIN);
        let late = late.map(|recovery| format!("recovery took {recovery:.1?}"));
        self.problems.iter().cloned().chain(late).collect()
    }
}

/// Prints the rows as a table, and beneath it what else is known.
pub fn print(rows: &[(&str, Option<Row>)]) {
    let heads = [
        "scenario",
        "load",
        "answered",
        "503",
        "no answer",
        "lost",
        "revived",
        "recovery",
    ];
    let cells = rows.iter().map(|(name, row)| match row {
        Some(row) => [
            (*name).to_owned(),
            row.load.clone(),
            row.answered.to_string(),
            row.refused.to_string(),
            row.unanswered.to_string(),
            row.lost.to_string(),
            row.revived.to_string(),
            row.recovery
                .map_or("-".to_owned(), |time| format!("{:.2} s", time.as_secs_f64())),
        ],
        None => {
            let mut cells = [const { String::new() }; 8];
            cells[0] = (*name).to_owned();
            cells[1] = "did not finish".to_owned();
            cells
        }
    });
    let table: Vec<[String; 8]> = std::iter::once(heads.map(str::to_owned)).chain(cells).collect();
    let widths: Vec<usize> = (0..8)
        .map(|column| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    println!();
    for (n, row) in table.iter().enumerate() {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| match column {
                0 | 1 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        println!("{}", line.join("  ").trim_end());
        if n == 0 {
            println!(
                "{}",
                widths
                    .iter()
                    .map(|width| "-".repeat(*width))
                    .collect::<Vec<_>>()
                    .join("  ")
            );
        }
    }
    println!();
    for (name, row) in rows {
        for note in row.iter().flat_map(|row| &row.notes) {
            println!("{name}: {note}");
        }
    }
}
