//! Where a stretch can be interrupted: its instruction boundaries, and the way on which a child gets to each one quickly.
//!
//! A boundary is *so many system calls, then so many instructions*. To step a child from the start would cost the square of
//! the length, and a step costs more than all else. So a child runs through the calls at full speed, then to a breakpoint
//! on the way, perhaps several times, and is stepped through the rest only. Nobody but the child sees the breakpoint.

use std::collections::HashMap;
use std::{fmt, io};

use fastrand::Rng;
use shm_tests::trace::{Resume, Stop, Tracee};

use crate::child::MARK;

/// More than any stretch has; one that has more never ends.
const MOST_STEPS: u64 = 20_000_000;

/// What it costs to come to a breakpoint and to go on, in steps.
const PASS: u64 = 2;

/// Where a child dies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    calls: u64,
    instructions: u64,
    way: Way,
}

impl Point {
    /// The same boundary, on the slow way, which does not depend on where a child has been before.
    pub(crate) fn by_steps(self) -> Self {
        Self { way: Way { breakpoint: None, steps: self.instructions, cost: self.instructions }, ..self }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} system calls and {} instructions after the start", self.calls, self.instructions)
    }
}

/// How a child gets from a system call to a boundary behind it.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// The address of a breakpoint, and how often the child passes it before it stops there.
    breakpoint: Option<(u64, u64)>,
    /// Instructions after that.
    steps: u64,
    cost: u64,
}

impl Way {
    const START: Self = Self { breakpoint: None, steps: 0, cost: 0 };

    fn and_a_step(self) -> Self {
        Self { steps: self.steps + 1, cost: self.cost + 1, ..self }
    }

    fn to_breakpoint(address: u64, passes: u64) -> Self {
        Self { breakpoint: Some((address, passes)), steps: 0, cost: (passes + 1) * PASS }
    }
}

/// What has come of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// One step was made, or a breakpoint was met.
    Step,
    /// A system call starts or ends.
    Call,
    /// The stretch is over.
    End,
}

/// All boundaries of a stretch.
#[derive(Debug)]
pub(crate) struct Boundaries {
    /// From the start or a system call to the next one.
    between_calls: Vec<Vec<Way>>,
}

impl Boundaries {
    /// Steps a child through the stretch, calling `visit` at each boundary.
    pub(crate) fn walk(tracee: Tracee, mut visit: impl FnMut() -> io::Result<()>) -> io::Result<Self> {
        let mut between_calls: Vec<Vec<Way>> = Vec::new();
        // How often an address was met since the last call, and whether a call is there.
        let mut met = HashMap::new();
        let mut calls = HashMap::new();
        let mut starts = true;
        for _ in 0..MOST_STEPS {
            visit()?;
            let address = tracee.next_instruction()?;
            if starts {
                met.clear();
                between_calls.push(Vec::new());
            }
            if let Some(ways) = between_calls.last_mut() {
                let passes = met.entry(address).and_modify(|passes| *passes += 1).or_insert(0);
                let direct = Way::to_breakpoint(address, *passes);
                let step = ways.last().map_or(Way::START, |way| way.and_a_step());
                ways.push(if direct.cost < step.cost { direct } else { step });
            }
            starts = match calls.get(&address) {
                Some(&is_call) => is_call,
                None => *calls.entry(address).or_insert(tracee.is_call(address)?),
            };
            if go(&tracee, Resume::Step)? == Moved::End {
                tracee.kill()?;
                return Ok(Self { between_calls });
            }
        }
        Err(io::Error::other("the stretch does not end"))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.between_calls.iter().map(|ways| ways.len() as u64).sum()
    }

    /// Every boundary; or about `most` of them, among which are those behind each system call. In an order without a plan,
    /// so that a part of them is spread over the whole.
    pub(crate) fn pick(&self, most: u64, rng: &mut Rng) -> Vec<Point> {
        let stride = self.count().div_ceil(most.max(1)).max(1);
        let mut countdown = rng.u64(0..stride);
        let mut points = Vec::new();
        for (calls, ways) in (0..).zip(&self.between_calls) {
            for (instructions, &way) in (0..).zip(ways) {
                if instructions == 0 || countdown == 0 {
                    points.push(Point { calls, instructions, way });
                }
                countdown = countdown.checked_sub(1).unwrap_or(stride - 1);
            }
        }
        rng.shuffle(&mut points);
        points
    }
}

/// Leads a child to a point, calls `before_death`, and kills it there. `false` if it took another way, and was killed where it left
/// this one.
pub(crate) fn kill_at(tracee: Tracee, point: Point, before_death: impl FnOnce()) -> io::Result<bool> {
    let is_met = lead_to(&tracee, point)?;
    before_death();
    tracee.kill()?;
    Ok(is_met)
}

fn lead_to(tracee: &Tracee, point: Point) -> io::Result<bool> {
    for _ in 0..2 * point.calls {
        if go(tracee, Resume::ToCall)? != Moved::Call {
            return Ok(false);
        }
    }
    if let Some((address, passes)) = point.way.breakpoint
        && !run_to(tracee, address, passes)?
    {
        return Ok(false);
    }
    for _ in 0..point.way.steps {
        if go(tracee, Resume::Step)? != Moved::Step {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Leads a child to an address that it passes before.
fn run_to(tracee: &Tracee, address: u64, passes: u64) -> io::Result<bool> {
    let Some(breakpoint) = tracee.set_breakpoint(address)? else { return Ok(false) };
    for pass in 0..=passes {
        if go(tracee, Resume::ToCall)? != Moved::Step {
            return Ok(false);
        }
        tracee.lift(&breakpoint)?;
        if pass < passes {
            if go(tracee, Resume::Step)? != Moved::Step {
                return Ok(false);
            }
            breakpoint.set()?;
        }
    }
    Ok(true)
}

/// One move; signals but the mark are passed on.
fn go(tracee: &Tracee, how: Resume) -> io::Result<Moved> {
    let mut signal = 0;
    loop {
        tracee.resume(how, signal)?;
        match tracee.wait()? {
            Stop::Step => return Ok(Moved::Step),
            Stop::Call => return Ok(Moved::Call),
            Stop::Signal(MARK) => return Ok(Moved::End),
            Stop::Signal(other) => signal = other,
            Stop::Ended(status) => {
                return Err(io::Error::other(format!("the child has ended by itself: {status:?}")));
            }
        }
    }
}
