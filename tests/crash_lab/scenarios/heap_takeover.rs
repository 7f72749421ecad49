//! What `heap_nested` and `heap_moves` do, where the one that recovers was there before: it sleeps for the lock when its holder dies,
//! and no fork begins a generation of the heap meanwhile. So what the child has bound is bound still, unless the lock says that its
//! holder has died.

use super::peer::Peer;
use super::{heap_moves, heap_nested};
use crate::scenario::Scenario;

pub(crate) struct Takeover {
    /// The parts of all of them are those of this.
    sequences: [Box<dyn Scenario>; 2],
    chosen: usize,
    peer: Option<Peer>,
}

pub(crate) fn new() -> Takeover {
    Takeover { sequences: [Box::new(heap_nested::new()), Box::new(heap_moves::new())], chosen: 0, peer: None }
}

impl Takeover {
    fn peer(&self) -> &Peer {
        self.peer.as_ref().expect("set up")
    }
}

impl Scenario for Takeover {
    fn setup(&mut self) {
        self.peer = None;
        let sequence = &mut self.sequences[self.chosen];
        sequence.setup();
        self.peer = Some(Peer::new(|| sequence.recover_and_check()));
    }

    fn stretch(&self) {
        self.sequences[self.chosen].stretch();
    }

    fn before_death(&self) {
        self.peer().begin();
    }

    fn after_death(&self) {
        self.peer().end();
    }

    fn recover_and_check(&self) {
        self.peer().demand_end();
    }

    fn parts(&self) -> usize {
        self.sequences.iter().map(|sequence| sequence.parts()).sum()
    }

    fn choose(&mut self, part: usize) {
        let [first, second] = &mut self.sequences;
        if let Some(part) = part.checked_sub(first.parts()) {
            self.chosen = 1;
            second.choose(part);
        } else {
            self.chosen = 0;
            first.choose(part);
        }
    }
}
