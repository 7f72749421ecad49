//! Real deaths: a fresh child for each point, killed there. The reference, and right for every scenario.

use std::io;
use std::time::Instant;

use fastrand::Rng;
use shm_tests::trace;

use crate::boundaries::{Boundaries, kill_at};
use crate::child::{Processors, Verdict, actor, recover, traced, verdict};
use crate::effort::Effort;
use crate::report::{Covered, Finding};
use crate::scenario::Scenario;

/// Kills the child at its boundaries. `None` where ptrace is not permitted, as for the functions below.
pub(crate) fn of_child(
    scenario: &mut dyn Scenario,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Option<Covered>> {
    let Some(boundaries) = boundaries(scenario)? else { return Ok(None) };
    let mut covered = Covered::of(boundaries.count());
    for point in boundaries.pick(effort.points, rng) {
        if effort.is_over(covered.start) {
            break;
        }
        scenario.setup();
        let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
        let mut is_met = kill_at(tracee, point)?;
        if !is_met {
            scenario.setup();
            let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
            is_met = kill_at(tracee, point.by_steps())?;
        }
        covered.reached(is_met);
        if let Some(finding) = Finding::of(recover(scenario)?, || format!("killed {point}")) {
            covered.finding = Some(finding);
            break;
        }
    }
    Ok(Some(covered.end()))
}

/// Kills the child, then the process that recovers from it, and lets a second one recover from both.
pub(crate) fn of_recoverer(
    scenario: &mut dyn Scenario,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Option<Covered>> {
    let Some(boundaries) = boundaries(scenario)? else { return Ok(None) };
    let mut covered = Covered::of(0);
    for first in boundaries.pick(effort.nested_points, rng) {
        scenario.setup();
        let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
        kill_at(tracee, first)?;
        let Some(recoverer) = traced(|| scenario.recover_and_check())? else { return Ok(None) };
        let recovery = Boundaries::walk(recoverer, || Ok(()))?;
        covered.boundaries += recovery.count();
        for second in recovery.pick(effort.recoverer_points, rng) {
            if effort.is_over(covered.start) {
                return Ok(Some(covered.end()));
            }
            scenario.setup();
            let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
            kill_at(tracee, first)?;
            let Some(recoverer) = traced(|| scenario.recover_and_check())? else { return Ok(None) };
            covered.reached(kill_at(recoverer, second)?);
            let place = || format!("killed {first}, and the one that recovered {second}");
            if let Some(finding) = Finding::of(recover(scenario)?, place) {
                covered.finding = Some(finding);
                return Ok(Some(covered.end()));
            }
        }
    }
    Ok(Some(covered.end()))
}

/// Steps a child through the whole stretch, to know what there is.
fn boundaries(scenario: &mut dyn Scenario) -> io::Result<Option<Boundaries>> {
    scenario.setup();
    traced(|| scenario.stretch())?.map(|tracee| Boundaries::walk(tracee, || Ok(()))).transpose()
}

/// Kills all actors at random moments. Also inside system calls, which have no boundary there.
pub(crate) fn at_random(
    scenario: &mut dyn Scenario,
    effort: &Effort,
    rng: &mut Rng,
    processors: &Processors,
) -> io::Result<Covered> {
    let start = Instant::now();
    at_moments(scenario, processors, || None)?;
    let longest = start.elapsed();
    let mut covered = Covered::of(0);
    for _ in 0..effort.random_kills {
        if effort.is_over(covered.start) {
            break;
        }
        let (killed, broken) =
            at_moments(scenario, processors, || Some(Instant::now() + longest.mul_f64(rng.f64())))?;
        covered.reached(killed > 0);
        let verdict = if broken { Verdict::Broken } else { recover(scenario)? };
        if let Some(finding) = Finding::of(verdict, || "killed at a random moment".to_owned()) {
            covered.finding = Some(finding);
            break;
        }
    }
    Ok(covered.end())
}

/// Lets the actors run until the moment at which each is killed, if there is one. Returns how many were killed, and whether
/// one of the others has failed.
fn at_moments(
    scenario: &mut dyn Scenario,
    processors: &Processors,
    mut moment: impl FnMut() -> Option<Instant>,
) -> io::Result<(usize, bool)> {
    scenario.setup();
    let actors = (0..scenario.actors()).map(|_| Ok((moment(), actor(scenario, processors)?)));
    let mut actors = actors.collect::<io::Result<Vec<_>>>()?;
    actors.sort_unstable_by_key(|&(moment, _)| moment);
    let (mut killed, mut broken) = (0, false);
    for (moment, actor) in actors {
        if let Some(moment) = moment {
            while Instant::now() < moment {
                std::hint::spin_loop();
            }
            // Not waited for yet, so the id is still its own.
            rustix::process::kill_process(actor, rustix::process::Signal::KILL)?;
        }
        let status = trace::wait(actor)?;
        if status.terminating_signal() == Some(libc::SIGKILL) {
            killed += 1;
        } else {
            broken |= verdict(status) != Verdict::Sound;
        }
    }
    Ok((killed, broken))
}
