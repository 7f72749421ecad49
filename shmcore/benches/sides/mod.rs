//! Several ways to do one thing, timed in turns, some of them in programs of their own. Apart from `pairs`, which calls two closures
//! and knows nothing but their time.

use std::time::Duration;

/// One way to do it. A sample of it has a time for each row, in nanoseconds an operation.
pub(crate) struct Side<'a, const ROWS: usize> {
    name: &'static str,
    /// The least ratio to the first side that will do.
    limits: [f64; ROWS],
    sample: Box<dyn FnMut() -> [f64; ROWS] + 'a>,
}

impl<'a, const ROWS: usize> Side<'a, ROWS> {
    /// The first side, to which the others are compared.
    pub(crate) fn first(name: &'static str, sample: impl FnMut() -> [f64; ROWS] + 'a) -> Self {
        Self::other(name, [0.0; ROWS], sample)
    }

    /// Another one, than which the first must be so many times as fast in each row.
    pub(crate) fn other(
        name: &'static str,
        limits: [f64; ROWS],
        sample: impl FnMut() -> [f64; ROWS] + 'a,
    ) -> Self {
        Self { name, limits, sample: Box::new(sample) }
    }
}

/// Prints for each row and side the median of its times, and the median of its ratios to the first side of the same round: how much
/// faster that is. Returns whether no ratio is below its limit.
pub(crate) fn compare<const ROWS: usize>(
    rows: [&str; ROWS],
    rounds: usize,
    sides: &mut [Side<'_, ROWS>],
) -> bool {
    let mut is_fast = true;
    let round = |_| sides.iter_mut().map(|side| (side.sample)()).collect();
    let rounds: Vec<Vec<[f64; ROWS]>> = (0..rounds).map(round).collect();
    for (row, name) in rows.iter().enumerate() {
        for (index, side) in sides.iter().enumerate() {
            let time = median(rounds.iter().map(|round| round[index][row]).collect());
            let ratio = median(rounds.iter().map(|round| round[index][row] / round[0][row]).collect());
            let least = rounds.iter().map(|round| round[index][row]).fold(f64::INFINITY, f64::min);
            print!("{name:>10}, {:<9} {time:>8.2} ns (least {least:.2})", side.name);
            if index > 0 {
                print!(", {ratio:.2} of {} (limit {})", sides[0].name, side.limits[row]);
                is_fast &= ratio >= side.limits[row];
            }
            println!();
        }
    }
    is_fast
}

/// The medians of some samples, in nanoseconds an operation. One sample more goes before, which warms up.
pub(crate) fn median_of<const ROWS: usize>(
    samples: usize,
    operations: u32,
    mut sample: impl FnMut() -> [Duration; ROWS],
) -> [f64; ROWS] {
    sample();
    let samples: Vec<[Duration; ROWS]> = (0..samples).map(|_| sample()).collect();
    std::array::from_fn(|row| {
        let time = |sample: &[Duration; ROWS]| sample[row].as_secs_f64() * 1e9 / f64::from(operations);
        median(samples.iter().map(time).collect())
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
