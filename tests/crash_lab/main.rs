//! The crash lab: kills a process wherever it can die, lets a peer recover, and asks whether all is as promised.
//!
//! It is a program of its own because it forks, which the threads of the test harness forbid.
//!
//! ```text
//! cargo test -p shm-tests --test crash_lab                                   a sample of all scenarios, some seconds each
//! cargo run --release -p shm-tests --bin crash_lab -- --every-boundary       everything: many hours; `--seconds` bounds each method
//! cargo run --release -p shm-tests --bin crash_lab -- --random-kills 1000000 these in all, at random only, about ten minutes
//! cargo run -p shm-tests --bin crash_lab -- --scenario NAME --seed NUMBER    a sample of one, as it was before
//! ```
//!
//! # Methods
//!
//! | method | where it kills | sound for |
//! |---|---|---|
//! | [deaths](deaths::of_child) | a fresh child at each instruction boundary of the stretch | every scenario: the reference |
//! | [nested deaths](deaths::of_recoverer) | then also the one that recovers, at its boundaries; a second one recovers | every scenario |
//! | [random deaths](deaths::at_random) | anywhere, also inside system calls, by a timer of the kernel; several processes at once | every scenario |
//! | [snapshots](snapshots::of_child) | nowhere: puts back what the memory was at each boundary, for a peer of the dead child | state that is memory only |
//! | [nested snapshots](snapshots::of_recoverer) | nor there: the same at each boundary of the one that recovers, from each content | the same |
//!
//! A boundary lies behind every instruction; a system call is one. On `aarch64` a build for machines without LSE atomics
//! cannot be stepped: the trap between its load-exclusive and its store-exclusive makes the pair fail for ever.
//!
//! A random kill costs two forks, of the process that dies and of the one that recovers: some 2,000 a second. So the sample has
//! thousands for each scenario; more of them, in turns, are [another run](endurance).
//!
//! Snapshots are quick, so the sample has those of every boundary, also in the parts of a scenario that it leaves out otherwise. The seed
//! decides which other boundaries are in a sample. What the lab prints says how much that was.
//!
//! # Adding a scenario
//!
//! A file in `scenarios/` with a type that implements [`Scenario`] and a function `new`, a `mod` line in
//! `scenarios/mod.rs`, and its name in `list.rs`, from which the tests are made too:
//!
//! ```text
//! //! A counter: an addition is there or it is not.
//!
//! pub(crate) struct Counter {
//!     counter: Shared<AtomicU64>,
//!     acknowledged: Acknowledged,
//! }
//!
//! pub(crate) fn new() -> Counter {
//!     Counter { counter: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
//! }
//!
//! impl Scenario for Counter {
//!     fn setup(&mut self) {
//!         self.counter.store(0, Relaxed);
//!         self.acknowledged.reset();
//!     }
//!     fn stretch(&self) {
//!         for _ in 0..3 {
//!             self.counter.fetch_add(1, Relaxed);
//!             self.acknowledged.add();
//!         }
//!     }
//!     fn recover_and_check(&self) {
//!         let acknowledged = self.acknowledged.count();
//!         assert!((acknowledged..=acknowledged + 1).contains(&self.counter.load(Relaxed)));
//!     }
//!     fn files(&self) -> Vec<File> {
//!         vec![File::from(self.counter.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
//!     }
//! }
//! ```
//!
//! A scenario that must fail says so by [`expected`](scenario::Scenario::expected); such ones are the test of the lab itself.
#![allow(
    clippy::forget_non_drop,
    clippy::option_option,
    clippy::redundant_closure_for_method_calls,
    reason = "what is forgotten is a container that owns memory of a heap; states are compared as they are"
)]

mod boundaries;
mod child;
mod deaths;
mod effort;
mod endurance;
#[macro_use]
mod list;
mod report;
mod run;
mod scenario;
mod scenarios;
mod snapshots;

use std::process::ExitCode;
use std::time::Duration;

use child::Processors;
use effort::Effort;
use fastrand::Rng;
use run::Run;
use scenario::Scenario;

/// Name and maker of each scenario.
macro_rules! scenarios {
    ($($name:ident)*) => {
        const SCENARIOS: &[(&str, fn() -> Box<dyn Scenario>)] =
            &[$((stringify!($name), || Box::new(scenarios::$name::new())),)*];
    };
}

with_scenarios!(scenarios);

/// What is asked for on the command line.
struct Request {
    scenario: Option<String>,
    effort: Effort,
    /// Nothing but so many kills at random.
    random_kills: Option<u64>,
    seed: u64,
}

impl Request {
    fn wants(&self, name: &str) -> bool {
        self.scenario.as_deref().is_none_or(|wanted| wanted == name)
    }
}

fn main() -> ExitCode {
    let request = match request(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(problem) => {
            eprintln!(
                "{problem}\nusage: crash_lab [--every-boundary | --random-kills NUMBER] [--scenario NAME] [--seconds NUMBER] \
                 [--seed NUMBER]"
            );
            return ExitCode::from(2);
        }
    };
    let processors = match Processors::keep_one() {
        Ok(processors) => processors,
        Err(error) => {
            eprintln!("cannot stay on one processor: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("seed {}", request.seed);
    if let Some(kills) = request.random_kills {
        let rng = &mut Rng::with_seed(request.seed);
        return match endurance::run(kills, |name| request.wants(name), rng, &processors) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                println!("FAILED: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let mut is_sound = true;
    for &(name, new) in SCENARIOS {
        if request.wants(name) {
            let mut run = Run::new(name, new(), request.effort, &processors);
            is_sound &= run.all(&mut Rng::with_seed(request.seed)).unwrap_or_else(|error| {
                println!("{name}: FAILED: {error}");
                false
            });
        }
    }
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn request(mut arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let mut request =
        Request { scenario: None, effort: Effort::SAMPLE, random_kills: None, seed: fastrand::u64(..) };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--every-boundary" => request.effort = Effort::EVERY_BOUNDARY,
            "--seconds" => {
                let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
                request.effort.time = Duration::from_secs(seconds.ok_or("the seconds are a number")?);
            }
            "--random-kills" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                request.random_kills = Some(number.ok_or("the kills are a number")?);
            }
            "--scenario" => {
                let name = arguments.next().filter(|name| SCENARIOS.iter().any(|(known, _)| known == name));
                request.scenario = Some(name.ok_or("no scenario has this name")?);
            }
            "--seed" => {
                let seed = arguments.next().and_then(|seed| seed.parse().ok());
                request.seed = seed.ok_or("the seed is a number")?;
            }
            other => return Err(format!("`{other}` means nothing")),
        }
    }
    Ok(request)
}
