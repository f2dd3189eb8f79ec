//! Measures the contestants in turns, so that other load of the machine slows all of them alike.

use std::time::Instant;

/// Something to time, by name.
pub struct Contestant<'a> {
    /// What it is called in the table.
    pub name: &'static str,
    /// What is timed.
    pub work: Box<dyn FnMut() + 'a>,
}

impl<'a> Contestant<'a> {
    /// Times `work`.
    pub fn new(name: &'static str, work: impl FnMut() + 'a) -> Contestant<'a> {
        Contestant {
            name,
            work: Box::new(work),
        }
    }
}

/// The median time of one call of each contestant, in nanoseconds, over `rounds` rounds. In a round
/// each one is called `calls` times in a row, and each round begins with another one.
pub fn medians(contestants: &mut [Contestant<'_>], rounds: usize, calls: u32) -> Vec<f64> {
    let mut took: Vec<Vec<f64>> = contestants.iter().map(|_| Vec::with_capacity(rounds)).collect();
    let count = contestants.len();
    for round in 0..rounds {
        for turn in 0..count {
            let index = (round + turn) % count;
            if let (Some(contestant), Some(took)) = (contestants.get_mut(index), took.get_mut(index)) {
                let begun = Instant::now();
                for _ in 0..calls {
                    (contestant.work)();
                }
                took.push(begun.elapsed().as_nanos() as f64 / f64::from(calls));
            }
        }
    }
    took.into_iter().map(median).collect()
}

/// The figure in the middle; 0 of none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
