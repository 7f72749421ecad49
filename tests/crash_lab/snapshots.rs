//! The fast way to every boundary: one child is stepped once, the shared memory is read at each boundary, and every
//! content that was ever there is put back for a peer, after the child has died.
//!
//! Two boundaries with the same content are one to everybody else, so what a peer does is tried once for each content.
//! The child is really dead by then, and the kernel has taken its locks: whoever asks whether it lives is told the truth.
//! This is sound where the content is all that there is to see, which [`Scenario::files`] vouches for; in particular, what
//! the child's system calls did to others has been done to the end in every snapshot. The [deaths](crate::deaths) are the
//! reference.
//!
//! What is done to the child can be done to the one that recovers as well, from each content that the child left behind. So all
//! pairs of boundaries are tried, which real deaths could not do in a year.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::time::Instant;

use fastrand::Rng;
use rustix::fs::{MemfdFlags, memfd_create};
use shm_tests::trace::Tracee;

use crate::boundaries::Boundaries;
use crate::child::{recover, traced, traced_again};
use crate::effort::Effort;
use crate::report::{Covered, Finding};
use crate::scenario::Scenario;

/// What a process left behind wherever it may have died.
pub(crate) struct Trail {
    pub(crate) boundaries: Boundaries,
    files: Vec<File>,
    contents: Vec<Content>,
    /// The bytes of all contents, one after the other: not in the lab's own memory, which each child would be forked with.
    kept: File,
}

/// A content that the files had.
#[derive(Clone, Copy)]
struct Content {
    /// The first boundary at which it was there.
    boundary: u64,
    /// Where its bytes are kept.
    at: u64,
}

impl Trail {
    /// Steps a child through the stretch. `None` where ptrace is not permitted.
    pub(crate) fn of(scenario: &mut dyn Scenario) -> io::Result<Option<Self>> {
        scenario.setup();
        let files = scenario.files();
        traced(|| scenario.stretch())?.map(|tracee| Self::follow(tracee, files)).transpose()
    }

    /// Steps a process through what it does, and reads the files at each boundary.
    fn follow(tracee: Tracee, files: Vec<File>) -> io::Result<Self> {
        let mut now = files.iter().map(bytes).collect::<io::Result<Vec<_>>>()?;
        let mut last: Option<Vec<Vec<u8>>> = None;
        let mut contents = Vec::new();
        let mut kept = File::from(memfd_create("snapshots", MemfdFlags::CLOEXEC)?);
        let (mut boundary, mut at) = (0, 0);
        let boundaries = Boundaries::walk(tracee, || {
            for (file, bytes) in files.iter().zip(&mut now) {
                file.read_exact_at(bytes, 0)?;
            }
            if last.as_ref() != Some(&now) {
                contents.push(Content { boundary, at });
                for bytes in &now {
                    kept.write_all(bytes)?;
                    at += bytes.len() as u64;
                }
                last = Some(now.clone());
            }
            boundary += 1;
            Ok(())
        })?;
        Ok(Self { boundaries, files, contents, kept })
    }

    /// Makes the files what they were then.
    fn put_back(&self, content: Content) -> io::Result<()> {
        let mut at = content.at;
        for file in &self.files {
            let mut bytes = bytes(file)?;
            self.kept.read_exact_at(&mut bytes, at)?;
            file.write_all_at(&bytes, 0)?;
            at += bytes.len() as u64;
        }
        Ok(())
    }

    /// The contents, in an order without a plan.
    fn shuffled(&self, rng: &mut Rng) -> Vec<Content> {
        let mut contents = self.contents.clone();
        rng.shuffle(&mut contents);
        contents
    }
}

/// Visits every boundary of the stretch.
pub(crate) fn of_child(
    scenario: &dyn Scenario,
    trail: &Trail,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Covered> {
    let mut covered = Covered::of(0);
    covered.visit(trail.boundaries.count());
    for content in trail.shuffled(rng) {
        if effort.is_over(covered.start) {
            break;
        }
        covered.try_content();
        trail.put_back(content)?;
        let place = || format!("as it was at boundary {}", content.boundary);
        covered.finding = Finding::of(recover(scenario)?, place);
        if covered.finding.is_some() {
            break;
        }
    }
    Ok(covered.end())
}

/// Visits every boundary of the process that recovers from what the child left behind at one of its boundaries, for all of these that
/// differ, or some of them.
pub(crate) fn of_recoverer(
    scenario: &dyn Scenario,
    trail: &Trail,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Covered> {
    let mut covered = Covered::of(0);
    for first in trail.shuffled(rng).into_iter().take(effort.nested_contents) {
        if effort.is_over(covered.start) {
            break;
        }
        trail.put_back(first)?;
        let recoverer = traced_again(|| scenario.recover())?;
        let nested = Trail::follow(recoverer, scenario.files())?;
        covered.visit(nested.boundaries.count());
        // From here on, so that there are some of them however long it was to step through the recovery.
        let start = Instant::now();
        for second in nested.shuffled(rng) {
            if effort.is_over(start) {
                break;
            }
            covered.try_content();
            nested.put_back(second)?;
            let place = || {
                format!("as it was at boundary {} of who recovered from {}", second.boundary, first.boundary)
            };
            covered.finding = Finding::of(recover(scenario)?, place);
            if covered.finding.is_some() {
                return Ok(covered.end());
            }
        }
    }
    Ok(covered.end())
}

fn bytes(file: &File) -> io::Result<Vec<u8>> {
    let len = file.metadata()?.len();
    let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
