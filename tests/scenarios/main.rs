//! The scenarios of the test `processes`: `scenarios NAME` runs one, on the only thread; it succeeds or panics.

mod allocations;
mod attach;
mod barrier;
mod condvar;
mod containers;
mod create;
mod facts;
mod fork;
mod heap;
mod heap_containers;
mod heap_generation;
mod heap_kills;
mod heap_reclaim;
mod holders;
mod lifetimes;
#[macro_use]
mod list;
mod liveness;
mod mutex;
mod mutex_deaths;
mod mutex_forks;
mod mutex_identities;
mod mutex_signals;
mod mutex_torn;
mod named;
mod once;
mod place;
mod rwlock;
mod rwlock_deaths;
mod semaphore;
mod seqlock;
mod travel;
mod victims;

/// Name and body of each scenario.
macro_rules! scenarios {
    ($($area:ident { $($name:ident)* })*) => {
        const SCENARIOS: &[(&str, fn())] = &[
            $($((concat!(stringify!($area), "::", stringify!($name)), $area::$name),)*)*
        ];
    };
}

with_scenarios!(scenarios);

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    match name.as_str() {
        "lifetimes::of_anonymous" => lifetimes::of_anonymous(),
        "lifetimes::of_attached" => lifetimes::of_attached(),
        "attach::peer_for_another_target" => attach::peer_for_another_target(),
        "heap::opening_peer" => heap::opening_peer(),
        "heap::receiving_peer" => heap::receiving_peer(),
        "heap_containers::filling_peer" => heap_containers::filling_peer(),
        "heap_generation::late_peer" => heap_generation::late_peer(),
        "heap_generation::opening_peer" => heap_generation::opening_peer(),
        "liveness::namespaced_peer" => liveness::namespaced_peer(),
        "mutex::lock_that_times_out" => mutex::lock_that_times_out(),
        "mutex_identities::namespaced_holder" => mutex_identities::namespaced_holder(),
        "travel::receiving_peer" => travel::receiving_peer(),
        "travel::inheriting_peer" => travel::inheriting_peer(),
        "travel::reading_peer" => travel::reading_peer(),
        _ => match SCENARIOS.iter().find(|(known, _)| *known == name) {
            Some((_, scenario)) => scenario(),
            None => panic!("no scenario is called `{name}`"),
        },
    }
}
