//! Two ways to do one thing, timed in turns: what disturbs the machine for a while disturbs both alike.

use std::time::{Duration, Instant};

/// Repetitions in one sample.
const REPETITIONS: u32 = 200;
/// Samples of each side.
const SAMPLES: usize = 101;
/// How often what is above its limit is measured, at most. What is slower stays so; what the machine has disturbed does not.
const ATTEMPTS: usize = 10;

/// Prints and returns the median over all pairs of samples of `ours / theirs`: the first that is not above the limit, or the last.
pub(crate) fn compare(row: &str, limit: f64, ours: impl Fn(), theirs: impl Fn()) -> f64 {
    let mut ratio = f64::INFINITY;
    for _ in 0..ATTEMPTS {
        ratio = measure(row, limit, &ours, &theirs);
        if ratio <= limit {
            break;
        }
    }
    ratio
}

fn measure(row: &str, limit: f64, ours: impl Fn(), theirs: impl Fn()) -> f64 {
    // The first sample of each side warms up.
    sample(&ours);
    sample(&theirs);
    let mut pairs: Vec<(f64, f64)> =
        (0..SAMPLES).map(|_| (sample(&ours).as_secs_f64(), sample(&theirs).as_secs_f64())).collect();
    pairs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (ours, theirs) = pairs[SAMPLES / 2];
    let ratio = ours / theirs;
    let micros = |seconds: f64| seconds * 1e6 / f64::from(REPETITIONS);
    println!(
        "{row:>8}: {ratio:.3}  ({:.1} µs / {:.1} µs, median of {SAMPLES} pairs of {REPETITIONS}; limit {limit})",
        micros(ours),
        micros(theirs)
    );
    ratio
}

fn sample(once: impl Fn()) -> Duration {
    let start = Instant::now();
    (0..REPETITIONS).for_each(|_| once());
    start.elapsed()
}
