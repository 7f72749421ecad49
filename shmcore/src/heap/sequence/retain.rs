//! Elements of a vector that are kept, and others that go, in one pass.
//!
//! Those that are kept move down by as many places as elements have gone before them. A task says which element is next; the word of
//! the length says how many have gone. The two change one after the other, so the task also says whether that number is odd: if it is
//! not what it says, the element has gone already.
//!
//! | task | index | what is left to do |
//! |---|---|---|
//! | `RETAIN` | | nothing has gone: the length is that of before |
//! | `RETAIN` + 1, odd: + 2 | next element | it and those behind it move down |
//! | `RETAIN` + 3, odd: + 4 | next element | it is freed, and those behind it move down |
//! | `RETAINED` | length | it is the length |
#![allow(unsafe_code, reason = "frees elements")]

use std::sync::atomic::Ordering;

use super::{Sequence, task};
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::error::HeapError;
use crate::layout::owns_heap_memory;

/// Added to the task for those that move, and for one that is freed.
const MOVE: u64 = task::RETAIN + 1;
const FREE: u64 = task::RETAIN + 3;

/// A pass over a vector.
struct Pass<'a> {
    sequence: Sequence<'a>,
    /// The next element.
    next: usize,
    /// How many have gone.
    gone: usize,
    /// The length before.
    before: usize,
}

impl Sequence<'_> {
    /// Keeps those of the first `before` elements, which are all, for which `keep` says so, and frees the others. The elements behind one for which it panics, or that cannot be
    /// freed, are kept.
    pub(in crate::heap) fn retain(
        self,
        heap: &Heap,
        before: usize,
        mut keep: impl FnMut(*mut u8) -> bool,
    ) -> Result<(), HeapError> {
        let Some(first) = (0..before).find(|&index| !keep(self.element(index))) else { return Ok(()) };
        self.begin(task::with(task::RETAIN, first), before);
        let mut pass = Pass { sequence: self, next: first, gone: 0, before };
        pass.set_gone();
        pass.say(MOVE);
        let result = pass.remove_and_go_on(heap, keep);
        pass.end();
        result
    }

    /// Ends a pass that was begun.
    pub(super) fn mend_retain(
        self,
        access: &mut Access<'_>,
        kind: u64,
        next: usize,
        before: usize,
    ) -> Result<(), HeapError> {
        if kind == task::RETAIN || kind == task::RETAINED {
            self.finish(if kind == task::RETAIN { before } else { next });
            return Ok(());
        }
        let gone = self.count();
        let has_gone = (kind - MOVE) % 2 != gone as u64 % 2;
        let mut pass = Pass { sequence: self, next, gone, before };
        // What has gone is one of those before the next one, or that itself.
        if gone > next + usize::from(has_gone) || has_gone && (gone == 0 || next >= before) {
            return Err(HeapError::Corrupt { what: "a vector was in a change that cannot be", number: kind });
        }
        if has_gone {
            pass.next += 1;
        } else if kind >= FREE && next < before {
            pass.free(access)?;
        }
        pass.end();
        Ok(())
    }
}

impl Pass<'_> {
    /// Says what is under way with the next element.
    fn say(&self, what: u64) {
        self.sequence.set_task(task::with(what + self.gone as u64 % 2, self.next));
    }

    fn set_gone(&self) {
        self.sequence.len().store(self.gone as u64, Ordering::Relaxed);
    }

    /// Moves the next element down.
    fn keep(&mut self) {
        if self.gone > 0 {
            self.sequence.copy(self.next, self.next - self.gone);
        }
        self.next += 1;
        self.say(MOVE);
    }

    /// Lets the next element go.
    fn remove(&mut self, heap: &Heap) -> Result<(), HeapError> {
        if owns_heap_memory(self.sequence.element) {
            let mut access = Access::new(heap)?;
            self.say(FREE);
            return self.free(&mut access);
        }
        self.forget();
        Ok(())
    }

    /// Frees the next element, as was said, and lets it go.
    fn free(&mut self, access: &mut Access<'_>) -> Result<(), HeapError> {
        let (sequence, next) = (self.sequence, self.next);
        // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: an element that was one (invariant 1
        // of sequences), which is going. One that was freed before has empty containers.
        let freed = unsafe { access.free_owned_by(sequence.element, sequence.element(next)) };
        match freed {
            Ok(()) => self.forget(),
            // It stays.
            Err(_) => self.say(MOVE),
        }
        freed
    }

    /// Lets the next element go that owns nothing, or nothing any more.
    fn forget(&mut self) {
        self.gone += 1;
        self.set_gone();
        self.next += 1;
        self.say(MOVE);
    }

    /// Removes the next element, and goes on with those behind it.
    fn remove_and_go_on(
        &mut self,
        heap: &Heap,
        mut keep: impl FnMut(*mut u8) -> bool,
    ) -> Result<(), HeapError> {
        self.remove(heap)?;
        while self.next < self.before {
            let element = self.sequence.element(self.next);
            let is_kept = {
                let on_panic = EndOnPanic(self);
                let is_kept = keep(element);
                std::mem::forget(on_panic);
                is_kept
            };
            if is_kept {
                self.keep();
            } else {
                self.remove(heap)?;
            }
        }
        Ok(())
    }

    /// Keeps all that is left.
    fn end(&mut self) {
        while self.next < self.before {
            self.keep();
        }
        let len = self.before - self.gone;
        self.sequence.set_task(task::with(task::RETAINED, len));
        self.sequence.finish(len);
    }
}

/// Ends a pass in which the one who is asked panics.
struct EndOnPanic<'p, 'a>(&'p mut Pass<'a>);

impl Drop for EndOnPanic<'_, '_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
