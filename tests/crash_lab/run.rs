//! One scenario by all methods that are right for it, and what is told of that.

use std::io;

use fastrand::Rng;

use crate::child::{Processors, Verdict};
use crate::effort::Effort;
use crate::report::Covered;
use crate::scenario::Scenario;
use crate::snapshots::Trail;
use crate::{deaths, snapshots};

/// A way to kill.
#[derive(Debug, Clone, Copy)]
enum Method {
    Snapshots,
    NestedSnapshots,
    Deaths,
    NestedDeaths,
    RandomDeaths,
}

impl Method {
    /// In this order: snapshots are put back into the files that they were made of, before there are others.
    fn all_for(scenario: &dyn Scenario) -> Vec<Self> {
        let is_control = scenario.expected() != Verdict::Sound;
        let has_files = !scenario.files().is_empty();
        let is_alone = scenario.actors() == 1;
        let methods = [
            (Self::Snapshots, is_alone && has_files),
            (Self::NestedSnapshots, is_alone && has_files && !is_control),
            (Self::Deaths, is_alone),
            (Self::NestedDeaths, is_alone && !is_control),
            (Self::RandomDeaths, !is_control),
        ];
        methods.into_iter().filter_map(|(method, is_right)| is_right.then_some(method)).collect()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Snapshots => "snapshots",
            Self::NestedSnapshots => "nested snapshots",
            Self::Deaths => "deaths",
            Self::NestedDeaths => "nested deaths",
            Self::RandomDeaths => "random deaths",
        }
    }
}

/// What a method has come to, over all parts.
struct Tally {
    method: Method,
    /// `None` where it is not permitted.
    covered: Option<Covered>,
}

/// A scenario, and what is to be done with it.
pub(crate) struct Run<'p> {
    name: &'static str,
    scenario: Box<dyn Scenario>,
    effort: Effort,
    processors: &'p Processors,
}

impl<'p> Run<'p> {
    pub(crate) fn new(
        name: &'static str,
        scenario: Box<dyn Scenario>,
        effort: Effort,
        processors: &'p Processors,
    ) -> Self {
        Self { name, scenario, effort, processors }
    }

    /// Does it, prints what was covered, and returns whether what was found is what had to be.
    pub(crate) fn all(&mut self, rng: &mut Rng) -> io::Result<bool> {
        let methods = Method::all_for(&*self.scenario).into_iter();
        let mut tallies: Vec<_> = methods.map(|method| Tally { method, covered: None }).collect();
        let (parts, effort) = self.effort.of_parts(self.scenario.parts(), rng);
        let (count, mut done) = (parts.len(), 0);
        for part in 0..self.scenario.parts() {
            self.scenario.choose(part);
            if !parts.contains(&part) {
                // Snapshots of a part take a part of a second.
                let snapshots = tallies.iter_mut().filter(|tally| matches!(tally.method, Method::Snapshots));
                self.part(part, snapshots, &effort, rng)?;
                continue;
            }
            if count > 1 {
                // It may take minutes.
                println!("{}: part {part}, {done} of {count} done", self.name);
            }
            self.part(part, &mut tallies, &effort, rng)?;
            done += 1;
        }
        // All are told.
        let unsound = tallies.iter().filter(|tally| !self.tell(tally)).count();
        Ok(unsound == 0)
    }

    /// Does some of it to one of the parts.
    fn part<'t>(
        &mut self,
        part: usize,
        tallies: impl IntoIterator<Item = &'t mut Tally>,
        effort: &Effort,
        rng: &mut Rng,
    ) -> io::Result<()> {
        let is_alone = self.scenario.actors() == 1;
        let trail = if is_alone { Trail::of(&mut *self.scenario)? } else { None };
        for Tally { method, covered } in tallies {
            // What was found once is not searched for again.
            if covered.as_ref().is_some_and(|covered| covered.finding.is_some()) {
                continue;
            }
            let scenario = &mut *self.scenario;
            let mut new = match (method, &trail) {
                (Method::RandomDeaths, _) => deaths::at_random(scenario, effort, rng, self.processors)?,
                (_, None) => continue,
                (Method::Snapshots, Some(trail)) => snapshots::of_child(scenario, trail, effort, rng)?,
                (Method::NestedSnapshots, Some(trail)) => {
                    snapshots::of_recoverer(scenario, trail, effort, rng)?
                }
                (Method::Deaths, Some(trail)) => deaths::of_child(scenario, &trail.boundaries, effort, rng)?,
                (Method::NestedDeaths, Some(trail)) => {
                    deaths::of_recoverer(scenario, &trail.boundaries, effort, rng)?
                }
            };
            if let Some(finding) = &mut new.finding
                && self.scenario.parts() > 1
            {
                finding.place = format!("in part {part}, {}", finding.place);
            }
            match covered {
                Some(covered) => covered.add(new),
                None => *covered = Some(new),
            }
        }
        Ok(())
    }

    /// Prints what was covered; whether what was found is what had to be.
    fn tell(&self, Tally { method, covered }: &Tally) -> bool {
        let (name, method) = (self.name, method.name());
        let Some(covered) = covered else {
            println!("SKIPPED {name}, {method}: ptrace is not permitted here");
            return true;
        };
        let found = covered.finding.as_ref().map_or(Verdict::Sound, |finding| finding.verdict);
        let is_as_expected = found == self.scenario.expected();
        let word = match (is_as_expected, found) {
            (true, Verdict::Sound) => "",
            (true, _) => ", CAUGHT",
            (false, _) => ", FAILED",
        };
        println!("{}{word}", covered.line(&format!("{name}, {method}")));
        is_as_expected
    }
}
