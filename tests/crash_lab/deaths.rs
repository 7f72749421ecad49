//! Real deaths: a fresh child for each point, killed there. The reference, and right for every scenario.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use fastrand::Rng;
use shm_tests::trace::{self, Tracee};

use crate::boundaries::{Boundaries, Point, kill_at};
use crate::child::{Processors, Verdict, actor, die_after, recover, traced_again, verdict};
use crate::effort::Effort;
use crate::report::{Covered, Finding};
use crate::scenario::Scenario;

/// Kills the child at its boundaries.
pub(crate) fn of_child(
    scenario: &mut dyn Scenario,
    boundaries: &Boundaries,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Covered> {
    let mut covered = Covered::of(boundaries.count());
    for point in boundaries.pick(effort.points, rng) {
        if effort.is_over(covered.start) {
            break;
        }
        scenario.setup();
        let tracee = traced_again(|| scenario.stretch())?;
        let mut is_met = kill_child(scenario, tracee, point)?;
        if !is_met {
            scenario.setup();
            let tracee = traced_again(|| scenario.stretch())?;
            is_met = kill_child(scenario, tracee, point.by_steps())?;
        }
        covered.reached(is_met);
        if let Some(finding) = Finding::of(recover(scenario)?, || format!("killed {point}")) {
            covered.finding = Some(finding);
            break;
        }
    }
    Ok(covered.end())
}

/// Kills the child, then the process that recovers from it, and lets a second one recover from both.
pub(crate) fn of_recoverer(
    scenario: &mut dyn Scenario,
    boundaries: &Boundaries,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Covered> {
    let mut covered = Covered::of(0);
    for first in boundaries.pick(effort.nested_points, rng) {
        if effort.is_over(covered.start) {
            break;
        }
        scenario.setup();
        let tracee = traced_again(|| scenario.stretch())?;
        kill_child(scenario, tracee, first)?;
        let recoverer = traced_again(|| scenario.recover())?;
        let recovery = Boundaries::walk(recoverer, || Ok(()))?;
        covered.boundaries += recovery.count();
        // From here on, so that there are some of them however long it was to step through the recovery.
        let start = Instant::now();
        for second in recovery.pick(effort.recoverer_points, rng) {
            if effort.is_over(start) {
                break;
            }
            scenario.setup();
            let tracee = traced_again(|| scenario.stretch())?;
            kill_child(scenario, tracee, first)?;
            let recoverer = traced_again(|| scenario.recover())?;
            covered.reached(kill_at(recoverer, second, || ())?);
            let place = || format!("killed {first}, and the one that recovered {second}");
            if let Some(finding) = Finding::of(recover(scenario)?, place) {
                covered.finding = Some(finding);
                return Ok(covered.end());
            }
        }
    }
    Ok(covered.end())
}

fn kill_child(scenario: &dyn Scenario, tracee: Tracee, point: Point) -> io::Result<bool> {
    let is_met = kill_at(tracee, point, || scenario.before_death())?;
    scenario.after_death();
    Ok(is_met)
}

/// Kills all actors at random moments. Also inside system calls, which have no boundary there.
pub(crate) fn at_random(
    scenario: &mut dyn Scenario,
    effort: &Effort,
    rng: &mut Rng,
    processors: &Processors,
) -> io::Result<Covered> {
    // A little longer, so that some live to the end.
    let longest = usual_time(scenario, processors)?.mul_f64(1.1);
    let mut covered = Covered::of(0);
    while covered.tried() < effort.random_kills && !effort.is_over(covered.start) {
        scenario.setup();
        let actors = (0..scenario.actors()).map(|_| {
            let time = longest.mul_f64(rng.f64());
            actor(processors, || {
                die_after(time);
                stretch_repeatedly(scenario);
            })
        });
        let mut broken = false;
        for actor in actors.collect::<io::Result<Vec<_>>>()? {
            let status = trace::wait(actor)?;
            let is_killed = status.terminating_signal() == Some(libc::SIGKILL);
            covered.reached(is_killed);
            broken |= !is_killed && verdict(status) != Verdict::Sound;
        }
        let verdict = if broken { Verdict::Broken } else { recover(scenario)? };
        if let Some(finding) = Finding::of(verdict, || "killed at a random moment".to_owned()) {
            covered.finding = Some(finding);
            break;
        }
    }
    Ok(covered.end())
}

fn stretch_repeatedly(scenario: &dyn Scenario) {
    (0..scenario.repetitions()).for_each(|_| scenario.stretch());
}

/// How long the stretch takes if nobody dies: the median of some runs.
fn usual_time(scenario: &mut dyn Scenario, processors: &Processors) -> io::Result<Duration> {
    const RUNS: usize = 9;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        scenario.setup();
        let (mut reader, writer) = io::pipe()?;
        let actors = (0..scenario.actors()).map(|_| {
            actor(processors, || {
                let start = Instant::now();
                stretch_repeatedly(scenario);
                let nanos = u64::try_from(start.elapsed().as_nanos()).expect("no hundred years");
                (&writer).write_all(&nanos.to_ne_bytes()).expect("the lab reads");
            })
        });
        let actors = actors.collect::<io::Result<Vec<_>>>()?;
        drop(writer);
        let mut nanos = [0; 8];
        for actor in actors {
            reader.read_exact(&mut nanos)?;
            times.push(Duration::from_nanos(u64::from_ne_bytes(nanos)));
            trace::wait(actor)?;
        }
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
