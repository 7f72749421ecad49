//! The run for days: kills at random moments only, of all scenarios in turns, until there were enough of them.
//!
//! It is apart from a run of one scenario by all methods because it has no end of its own.

use std::io;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::SCENARIOS;
use crate::child::{Processors, Verdict};
use crate::deaths;
use crate::effort::Effort;
use crate::report::{Covered, grouped};

/// How long it stays with one scenario: so the fast ones, which are those of locks, get most of the kills.
const TURN: Duration = Duration::from_secs(2);

/// Kills `count` processes, in the scenarios for which `is_wanted`; tells of each scenario, and whether all was sound.
pub(crate) fn run(
    count: u64,
    is_wanted: impl Fn(&str) -> bool,
    rng: &mut Rng,
    processors: &Processors,
) -> io::Result<bool> {
    let start = Instant::now();
    let mut scenarios: Vec<_> = SCENARIOS
        .iter()
        .filter(|(name, new)| is_wanted(name) && new().expected() == Verdict::Sound)
        .map(|&(name, new)| (name, new, Covered::of(0)))
        .collect();
    let mut is_sound = true;
    let mut killed = 0;
    while killed < count && is_sound && !scenarios.is_empty() {
        for (_, new, covered) in &mut scenarios {
            let effort = Effort { random_kills: count - killed, time: TURN, ..Effort::SAMPLE };
            let mut scenario = new();
            scenario.choose(rng.usize(..scenario.parts()));
            let turn = deaths::at_random(&mut *scenario, &effort, rng, processors)?;
            killed += turn.visited;
            is_sound &= turn.finding.is_none();
            covered.add(turn);
            if killed >= count || !is_sound {
                break;
            }
        }
    }
    for (name, _, covered) in scenarios {
        println!("{}", covered.line(&format!("{name}, random deaths")));
    }
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    let word = if is_sound { "" } else { ", FAILED" };
    println!("{} kills in {minutes:.1} minutes{word}", grouped(killed));
    Ok(is_sound)
}
