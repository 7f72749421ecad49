//! How much is done: little enough for every change, or everything.

use std::time::{Duration, Instant};

/// Bounds of one run over one scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Boundaries at which a child is killed, about.
    pub(crate) points: u64,
    /// Boundaries at which a child is killed so that its recoverer can be killed too, about.
    pub(crate) nested_points: u64,
    /// Boundaries of such a recoverer at which it is killed, about.
    pub(crate) recoverer_points: u64,
    /// Kills at random moments.
    pub(crate) random_kills: u64,
    /// A method that takes longer than this is ended early, and says how far it came.
    pub(crate) time: Duration,
}

impl Effort {
    /// For every change: some seconds a scenario.
    pub(crate) const SAMPLE: Self = Self {
        points: 1500,
        nested_points: 4,
        recoverer_points: 100,
        random_kills: 4000,
        time: Duration::from_secs(5),
    };

    /// All of it: some minutes. Only the nested deaths are a sample still: all of them would be the product of two stretches.
    pub(crate) const EVERY_BOUNDARY: Self = Self {
        points: u64::MAX,
        nested_points: 60,
        recoverer_points: 150,
        random_kills: 20_000,
        time: Duration::MAX,
    };

    pub(crate) fn is_over(&self, start: Instant) -> bool {
        start.elapsed() >= self.time
    }
}
