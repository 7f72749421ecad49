//! Where a stretch can be interrupted: its instruction boundaries, numbered so that a child gets to each one quickly.
//!
//! A boundary is *so many system calls, then so many instructions*. A child runs through the calls at full speed and is
//! stepped through the rest only: to step it from the start would cost the square of the length.

use std::collections::HashMap;
use std::{fmt, io};

use fastrand::Rng;
use shm_tests::trace::{Resume, Stop, Tracee};

use crate::child::MARK;

/// More than any stretch has; one that has more never ends.
const MOST_STEPS: u64 = 20_000_000;

/// Where a child dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    calls: u64,
    steps: u64,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} system calls and {} instructions after the start", self.calls, self.steps)
    }
}

/// What has come of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    On,
    /// The stretch is over.
    End,
}

/// All boundaries of a stretch.
#[derive(Debug)]
pub(crate) struct Boundaries {
    /// The number of boundaries from the start or a system call to the next one.
    between_calls: Vec<u64>,
}

impl Boundaries {
    /// Steps a child through the stretch, calling `visit` at each boundary.
    pub(crate) fn walk(tracee: Tracee, mut visit: impl FnMut() -> io::Result<()>) -> io::Result<Self> {
        let mut between_calls = vec![1];
        let mut known = HashMap::new();
        visit()?;
        for _ in 0..MOST_STEPS {
            let address = tracee.next_instruction()?;
            let is_call = match known.get(&address) {
                Some(&is_call) => is_call,
                None => *known.entry(address).or_insert(tracee.is_call(address)?),
            };
            if step(&tracee, Resume::Step)? == Moved::End {
                // The last call is the mark itself.
                if between_calls.len() > 1 && between_calls.last() == Some(&1) {
                    between_calls.pop();
                }
                tracee.kill()?;
                return Ok(Self { between_calls });
            }
            match between_calls.last_mut() {
                Some(boundaries) if !is_call => *boundaries += 1,
                _ => between_calls.push(1),
            }
            visit()?;
        }
        Err(io::Error::other("the stretch does not end"))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.between_calls.iter().sum()
    }

    /// Every boundary; or about `most` of them, among which are those behind each system call. In an order without a plan,
    /// so that a part of them is spread over the whole.
    pub(crate) fn pick(&self, most: u64, rng: &mut Rng) -> Vec<Point> {
        let stride = self.count().div_ceil(most.max(1)).max(1);
        let mut countdown = rng.u64(0..stride);
        let mut points = Vec::new();
        for (calls, &boundaries) in (0..).zip(&self.between_calls) {
            for steps in 0..boundaries {
                if steps == 0 || countdown == 0 {
                    points.push(Point { calls, steps });
                }
                countdown = countdown.checked_sub(1).unwrap_or(stride - 1);
            }
        }
        rng.shuffle(&mut points);
        points
    }
}

/// Leads a child to a point, and kills it there. `false` if it came to the end of the stretch before.
pub(crate) fn kill_at(tracee: Tracee, point: Point) -> io::Result<bool> {
    let moves = [(Resume::ToCall, 2 * point.calls), (Resume::Step, point.steps)];
    for (how, times) in moves {
        for _ in 0..times {
            if step(&tracee, how)? == Moved::End {
                tracee.kill()?;
                return Ok(false);
            }
        }
    }
    tracee.kill()?;
    Ok(true)
}

/// One move; signals but the mark are passed on.
fn step(tracee: &Tracee, how: Resume) -> io::Result<Moved> {
    let mut signal = 0;
    loop {
        tracee.resume(how, signal)?;
        match tracee.wait()? {
            Stop::Call | Stop::Step => return Ok(Moved::On),
            Stop::Signal(MARK) => return Ok(Moved::End),
            Stop::Signal(other) => signal = other,
            Stop::Ended(status) => {
                return Err(io::Error::other(format!("the child has ended by itself: {status:?}")));
            }
        }
    }
}
