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
    /// The children that had ended before they could be killed.
    late: u64,
    /// The different contents of the memory, where these are compared.
    pub(crate) contents: Option<usize>,
    pub(crate) finding: Option<Finding>,
    pub(crate) start: Instant,
    time: Duration,
}

impl Covered {
    pub(crate) fn of(boundaries: u64) -> Self {
        Self {
            boundaries,
            visited: 0,
            late: 0,
            contents: None,
            finding: None,
            start: Instant::now(),
            time: Duration::ZERO,
        }
    }

    /// Counts a child that was killed where it should be, or one that was faster.
    pub(crate) fn reached(&mut self, reached: bool) {
        if reached {
            self.visited += 1;
        } else {
            self.late += 1;
        }
    }

    pub(crate) fn end(mut self) -> Self {
        self.time = self.start.elapsed();
        self
    }

    /// One line.
    pub(crate) fn line(&self, what: &str) -> String {
        let mut line = format!("{what}: {}", grouped(self.visited));
        if self.boundaries > 0 {
            line += &format!(" of {} boundaries", grouped(self.boundaries));
        } else {
            line += " kills";
        }
        if let Some(contents) = self.contents {
            line += &format!(", {contents} different contents");
        }
        if self.late > 0 {
            line += &format!(", {} ended before", grouped(self.late));
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people"
        )]
        let rate = ((self.visited + self.late) as f64 / self.time.as_secs_f64()) as u64;
        line += &format!(", {} a second", grouped(rate));
        match &self.finding {
            None => line,
            Some(Finding { verdict, place }) => format!("{line}; {verdict:?}: {place}"),
        }
    }
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
