//! What a method has covered and found, and how that is told.

use std::time::{Duration, Instant};

use crate::child::Verdict;

/// Something that a peer has found, and where the child had died.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    pub(crate) place: String,
}

impl Finding {
    pub(crate) fn of(verdict: Verdict, place: impl FnOnce() -> String) -> Option<Self> {
        (verdict != Verdict::Sound).then(|| Self { verdict, place: place() })
    }
}

/// What a method has done.
#[derive(Debug)]
pub(crate) struct Covered {
    /// How many there are; 0 where they are not counted.
    pub(crate) boundaries: u64,
    /// The points at which a child has died, or its memory was read.
    pub(crate) visited: u64,
    /// The children that had ended before they could be killed, or whose way was another one: they were killed elsewhere.
    missed: u64,
    /// The different contents of the memory that were tried, where these are compared.
    contents: Option<usize>,
    pub(crate) finding: Option<Finding>,
    pub(crate) start: Instant,
    time: Duration,
}

impl Covered {
    pub(crate) fn of(boundaries: u64) -> Self {
        Self {
            boundaries,
            visited: 0,
            missed: 0,
            contents: None,
            finding: None,
            start: Instant::now(),
            time: Duration::ZERO,
        }
    }

    /// Counts a child that was killed where it should be, or one that was not.
    pub(crate) fn reached(&mut self, reached: bool) {
        if reached {
            self.visited += 1;
        } else {
            self.missed += 1;
        }
    }

    /// Counts boundaries at each of which the memory was read.
    pub(crate) fn visit(&mut self, boundaries: u64) {
        self.boundaries += boundaries;
        self.visited += boundaries;
    }

    /// Counts a content of the memory that a peer is given.
    pub(crate) fn try_content(&mut self) {
        *self.contents.get_or_insert_default() += 1;
    }

    /// How many children there were.
    pub(crate) fn tried(&self) -> u64 {
        self.visited + self.missed
    }

    /// Counts what was done in another turn, or on another part, as well.
    pub(crate) fn add(&mut self, turn: Self) {
        self.boundaries += turn.boundaries;
        self.visited += turn.visited;
        self.contents = self.contents.into_iter().chain(turn.contents).reduce(|all, more| all + more);
        self.missed += turn.missed;
        self.time += turn.time;
        self.finding = self.finding.take().or(turn.finding);
    }

    pub(crate) fn end(mut self) -> Self {
        self.time = self.start.elapsed();
        self
    }

    /// One line.
    pub(crate) fn line(&self, what: &str) -> String {
        let visited = grouped(self.visited);
        let mut parts = match self.boundaries {
            0 => vec![format!("{what}: {visited} kills")],
            boundaries => vec![format!("{what}: {visited} of {} boundaries", grouped(boundaries))],
        };
        if let Some(contents) = self.contents {
            parts.push(format!("{contents} different contents"));
        }
        if self.missed > 0 {
            parts.push(format!("{} not met", grouped(self.missed)));
        }
        let seconds = self.time.as_secs_f64();
        // To a millionth of a second, so that nothing is divided by zero.
        let rate = u128::from(self.tried()) * 1_000_000 / self.time.as_micros().max(1);
        parts
            .push(format!("{} a second in {seconds:.1} s", grouped(u64::try_from(rate).unwrap_or(u64::MAX))));
        if let Some(Finding { verdict, place }) = &self.finding {
            parts.push(format!("{verdict:?}: {place}"));
        }
        parts.join(", ")
    }
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
