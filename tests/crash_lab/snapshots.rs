//! The fast way to every boundary: one child is stepped once, the shared memory is read at each boundary, and every
//! content that was ever there is put back for a peer, after the child has died.
//!
//! Two boundaries with the same content are one to everybody else, so what a peer does is tried once for each content.
//! The child is really dead by then, and the kernel has taken its locks: whoever asks whether it lives is told the truth.
//! This is sound where the content is all that there is to see, which [`Scenario::files`] vouches for; in particular, what
//! the child's system calls did to others has been done to the end in every snapshot. The [deaths](crate::deaths) are the
//! reference.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::boundaries::Boundaries;
use crate::child::{recover, traced};
use crate::report::{Covered, Finding};
use crate::scenario::Scenario;

/// The bytes of all files.
type Content = Vec<Vec<u8>>;

/// Visits every boundary of the stretch. `None` where ptrace is not permitted.
pub(crate) fn of_child(scenario: &mut dyn Scenario) -> io::Result<Option<Covered>> {
    scenario.setup();
    let files = scenario.files();
    let mut covered = Covered::of(0);
    let Some(tracee) = traced(|| scenario.stretch())? else { return Ok(None) };
    let mut now = files.iter().map(bytes).collect::<io::Result<Content>>()?;
    // With the number of the first boundary at which it was there.
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
    covered.boundaries = boundaries.count();
    covered.visited = covered.boundaries;
    covered.contents = Some(contents.len());
    for (boundary, content) in contents {
        for (file, bytes) in files.iter().zip(&content) {
            file.write_all_at(bytes, 0)?;
        }
        if let Some(finding) = Finding::of(recover(scenario)?, || format!("as it was at boundary {boundary}"))
        {
            covered.finding = Some(finding);
            break;
        }
    }
    Ok(Some(covered.end()))
}

fn bytes(file: &File) -> io::Result<Vec<u8>> {
    let len = file.metadata()?.len();
    let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
