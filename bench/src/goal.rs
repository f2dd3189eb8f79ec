//! Figures with what is wanted of them: each is printed with its goal, and a program that misses
//! one fails.

use crate::Failed;

/// What is wanted of a figure.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Goal {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Goal::AtMost(most) => figure <= most,
            Goal::AtLeast(least) => figure >= least,
        }
    }
}

/// The figures of a program.
#[derive(Debug, Default)]
pub struct Figures {
    missed: Vec<String>,
}

impl Figures {
    /// Prints a figure in a line that `scripts/bench` finds again.
    pub fn print(&mut self, what: &str, figure: f64, goal: Goal) {
        let wanted = match goal {
            Goal::AtMost(most) => format!("at most {most}"),
            Goal::AtLeast(least) => format!("at least {least}"),
        };
        let verdict = if goal.is_met(figure) { "met" } else { "MISSED" };
        println!("goal: {what}: {figure:.2} ({wanted}) {verdict}");
        if !goal.is_met(figure) {
            self.missed.push(what.to_owned());
        }
    }

    /// A failure if a goal was missed, after all has been printed.
    ///
    /// # Errors
    ///
    /// The names of what was missed.
    pub fn end(self) -> Result<(), Failed> {
        if self.missed.is_empty() {
            Ok(())
        } else {
            Err(Failed(format!("missed: {}", self.missed.join(", "))))
        }
    }
}
