//! What a scenario is: the only thing that somebody who adds one has to know of the lab.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shmcore::{Shared, create_shared};

use crate::child::Verdict;

/// Something that must survive the death of a process that does it, wherever it dies. See the [crate] for how to
/// add one.
pub(crate) trait Scenario {
    /// Makes the shared state anew, as it is before anybody dies. Runs in the lab, before each child is forked.
    fn setup(&mut self);

    /// What the child does; it may die at any instruction. It does the same each time, starts no thread and no process,
    /// and does not wait for others.
    fn stretch(&self);

    /// What a peer does afterwards, in a process of its own: recovers, and panics unless all is as promised. It may be
    /// killed too, and then another one does the same.
    fn recover_and_check(&self);

    /// What of [`recover_and_check`](Self::recover_and_check) changes anything: that is done by who is killed while it recovers, because
    /// to look takes many more instructions, among which nothing can be lost.
    fn recover(&self) {
        self.recover_and_check();
    }

    /// Called in the lab while the child stands where it will die, and is not dead yet.
    fn before_death(&self) {}

    /// Called in the lab when the child is dead, before the one that recovers is forked.
    fn after_death(&self) {}

    /// How many stretches there are, of which each is a scenario by itself but for what all have in common.
    fn parts(&self) -> usize {
        1
    }

    /// Makes this part the stretch from the next [`setup`](Self::setup) on. At first it is part 0.
    fn choose(&mut self, part: usize) {
        debug_assert_eq!(part, 0, "there is one part");
    }

    /// Descriptors of all that the stretch changes for others. With them every boundary is visited by
    /// [snapshots](crate::snapshots); without, by real deaths only. Give them only if nothing else tells the others
    /// where the child has died: no name, no mode of a file, no sleeper that is to be woken.
    fn files(&self) -> Vec<File> {
        Vec::new()
    }

    /// What the lab must find.
    fn expected(&self) -> Verdict {
        Verdict::Sound
    }

    /// How many processes do the stretch at once. Several are killed at random moments, and not traced.
    fn actors(&self) -> usize {
        1
    }

    /// How often a child that dies at a random moment may do the stretch, one time after the other. The first time costs much
    /// more than the rest of them, where it makes the process known to others.
    fn repetitions(&self) -> u32 {
        1
    }

    /// When a peer that has not ended hangs.
    fn deadline(&self) -> Duration {
        Duration::from_secs(20)
    }
}

/// A count of operations whose caller was told that they are done: nothing of them may be lost. It lies in a region of its
/// own.
pub(crate) struct Acknowledged(Shared<AtomicU64>);

impl Acknowledged {
    pub(crate) fn new() -> Self {
        Self(create_shared().expect("a region"))
    }

    /// One more is done. The operation itself comes before.
    pub(crate) fn add(&self) {
        // Pairs with the load in `count`: who counts the operation sees what it did.
        self.0.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// For [`Scenario::files`].
    pub(crate) fn file(&self) -> File {
        File::from(self.0.try_clone_fd().expect("a descriptor"))
    }
}
