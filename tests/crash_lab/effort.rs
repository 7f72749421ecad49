//! How much is done: little enough for every change, or everything.

use std::time::{Duration, Instant};

use fastrand::Rng;

/// Bounds of one run over one scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Parts of the scenario. Of the others there are snapshots only.
    pub(crate) parts: usize,
    /// Boundaries at which a child is killed, about.
    pub(crate) points: u64,
    /// Boundaries at which a child is killed so that its recoverer can be killed too, about.
    pub(crate) nested_points: u64,
    /// Boundaries of such a recoverer at which it is killed, about.
    pub(crate) recoverer_points: u64,
    /// Contents that a child left behind from which a recoverer is followed.
    pub(crate) nested_contents: usize,
    /// Kills at random moments.
    pub(crate) random_kills: u64,
    /// A method that takes longer than this is ended early, and says how far it came.
    pub(crate) time: Duration,
}

impl Effort {
    /// For every change: some seconds a scenario.
    pub(crate) const SAMPLE: Self = Self {
        parts: 1,
        points: 1000,
        nested_points: 4,
        recoverer_points: 100,
        nested_contents: 4,
        random_kills: 2500,
        time: Duration::from_secs(4),
    };

    /// All of it: many hours, most of them in the containers of a heap. Only the nested deaths are a sample still: all of them would be the product of two stretches.
    pub(crate) const EVERY_BOUNDARY: Self = Self {
        parts: usize::MAX,
        points: u64::MAX,
        nested_points: 60,
        recoverer_points: 150,
        nested_contents: usize::MAX,
        random_kills: 20_000,
        time: Duration::MAX,
    };

    pub(crate) fn is_over(&self, start: Instant) -> bool {
        start.elapsed() >= self.time
    }

    /// The parts that are done, of so many, and what is done to each of them: together as much as for one, but for what has no bounds
    /// but the stretch.
    pub(crate) fn of_parts(&self, parts: usize, rng: &mut Rng) -> (Vec<usize>, Self) {
        let mut chosen = rng.choose_multiple(0..parts, self.parts.min(parts));
        chosen.sort_unstable();
        let count = chosen.len().max(1) as u64;
        let share = |all: u64| all.div_ceil(count);
        let of_one = Self {
            points: share(self.points),
            nested_points: share(self.nested_points),
            nested_contents: self.nested_contents.div_ceil(chosen.len().max(1)),
            random_kills: share(self.random_kills),
            time: self.time / u32::try_from(count).unwrap_or(u32::MAX),
            ..*self
        };
        (chosen, of_one)
    }
}
