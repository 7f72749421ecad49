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
use std::io;
use std::os::unix::fs::FileExt;

use fastrand::Rng;
use shm_tests::trace::Tracee;

use crate::boundaries::Boundaries;
use crate::child::{recover, traced};
use crate::effort::Effort;
use crate::report::{Covered, Finding};
use crate::scenario::Scenario;

/// The bytes of all files.
type Content = Vec<Vec<u8>>;

/// What a process left behind wherever it may have died.
struct Trail {
    /// The number of boundaries.
    boundaries: u64,
    /// With the number of the first boundary at which it was there.
    contents: Vec<(u64, Content)>,
}

/// Visits every boundary of the stretch. `None` where ptrace is not permitted, as for the function below.
pub(crate) fn of_child(
    scenario: &mut dyn Scenario,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Option<Covered>> {
    scenario.setup();
    let files = scenario.files();
    let mut covered = Covered::of(0);
    let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
    let Trail { boundaries, mut contents } = follow(tracee, &files)?;
    covered.visit(boundaries);
    rng.shuffle(&mut contents);
    for (boundary, content) in &contents {
        if effort.is_over(covered.start) {
            break;
        }
        covered.try_content();
        put_back(content, &files)?;
        let place = || format!("as it was at boundary {boundary}");
        covered.finding = Finding::of(recover(scenario)?, place);
        if covered.finding.is_some() {
            break;
        }
    }
    Ok(Some(covered.end()))
}

/// Visits every boundary of the process that recovers from what the child left behind at one of its boundaries, for all of these that
/// differ, or some of them.
pub(crate) fn of_recoverer(
    scenario: &mut dyn Scenario,
    effort: &Effort,
    rng: &mut Rng,
) -> io::Result<Option<Covered>> {
    scenario.setup();
    let files = scenario.files();
    let mut covered = Covered::of(0);
    let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
    let mut first = follow(tracee, &files)?.contents;
    rng.shuffle(&mut first);
    first.truncate(effort.nested_contents);
    for (boundary, content) in &first {
        if effort.is_over(covered.start) {
            break;
        }
        put_back(content, &files)?;
        let Some(recoverer) = traced(|| scenario.recover())? else { return Ok(None) };
        let second = follow(recoverer, &files)?;
        covered.visit(second.boundaries);
        for (later, content) in &second.contents {
            if effort.is_over(covered.start) {
                break;
            }
            covered.try_content();
            put_back(content, &files)?;
            let place = || format!("as it was at boundary {later} of who recovered from boundary {boundary}");
            if let Some(finding) = Finding::of(recover(scenario)?, place) {
                covered.finding = Some(finding);
                return Ok(Some(covered.end()));
            }
        }
    }
    Ok(Some(covered.end()))
}

/// Steps a process through what it does, and reads the files at each boundary.
fn follow(tracee: Tracee, files: &[File]) -> io::Result<Trail> {
    let mut now = files.iter().map(bytes).collect::<io::Result<Content>>()?;
    let mut contents = vec![(0_u64, now.clone())];
    let mut boundary = 0;
    let boundaries = Boundaries::walk(tracee, || {
        for (file, bytes) in files.iter().zip(&mut now) {
            file.read_exact_at(bytes, 0)?;
        }
        if contents.last().is_none_or(|(_, last)| *last != now) {
            contents.push((boundary, now.clone()));
        }
        boundary += 1;
        Ok(())
    })?;
    Ok(Trail { boundaries: boundaries.count(), contents })
}

fn put_back(content: &Content, files: &[File]) -> io::Result<()> {
    files.iter().zip(content).try_for_each(|(file, bytes)| file.write_all_at(bytes, 0))
}

fn bytes(file: &File) -> io::Result<Vec<u8>> {
    let len = file.metadata()?.len();
    let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
