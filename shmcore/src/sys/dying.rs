//! A process that was killed and is not gone yet. The kernel frees its memory before it closes its files, which takes long if there is
//! much of it; but from the moment on at which no thread has any memory, none of its code runs any more.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Whether no thread of the process with this id has memory: it is on its way out, or a zombie. `false` if that cannot be found out, as
/// without `/proc`.
pub(crate) fn has_no_memory(pid: u32) -> bool {
    // The first thread answers for a process that lives, nearly always.
    if !matches!(is_without_memory(&format!("/proc/{pid}/statm")), Ok(true)) {
        return false;
    }
    // A thread that is begun while the others are looked at may not be listed. Those who could begin it are without memory at the end of
    // the first look, so the second one lists all that there ever will be.
    (0..2).all(|_| matches!(no_thread_has_memory(pid), Ok(true)))
}

fn no_thread_has_memory(pid: u32) -> io::Result<bool> {
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        match is_without_memory(&format!("{}/statm", thread?.path().display())) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            // It has ended meanwhile.
            Err(error) if is_of_an_ended_thread(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn is_of_an_ended_thread(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// Whether the sizes that the kernel tells of a thread's memory are 0. Those of a thread that can run never are: its code is in memory.
fn is_without_memory(statm: &str) -> io::Result<bool> {
    let file = rustix::fs::open(statm, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut first = [0; 2];
    rustix::io::read(file, &mut first)?;
    Ok(first == *b"0 ")
}

/// Whether an open file description of the process with this id has locked a byte of the file with this inode. `false` if
/// that cannot be found out, as for the processes of other users.
pub(crate) fn has_locked(pid: u32, inode: u64, byte: i64) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    // All threads have the same files, but one that is through with ending has none any more.
    let of_first = threads.flatten().find_map(|thread| {
        let mut descriptors = fs::read_dir(thread.path().join("fdinfo")).ok()?.flatten().peekable();
        descriptors.peek()?;
        Some(descriptors.any(|descriptor| tells_of_lock(&descriptor.path(), inode, byte)))
    });
    of_first.unwrap_or(false)
}

fn tells_of_lock(fdinfo: &Path, inode: u64, byte: i64) -> bool {
    fs::read_to_string(fdinfo).is_ok_and(|said| said.lines().any(|line| is_lock_of(line, inode, byte)))
}

/// Whether a line says that an open file description has locked the byte.
fn is_lock_of(line: &str, inode: u64, byte: i64) -> bool {
    // lock:	1: OFDLCK ADVISORY  WRITE -1 00:01:1527557 281474976723001 281474976723001
    let mut words = line.split_ascii_whitespace();
    if words.next() != Some("lock:") || words.nth(1) != Some("OFDLCK") {
        return false;
    }
    let (end, start) = (words.next_back(), words.next_back());
    let file = words.next_back().and_then(|file| file.rsplit(':').next());
    let is_byte = |word: Option<&str>| word.and_then(|word| word.parse().ok()) == Some(byte);
    is_byte(start) && is_byte(end) && file.and_then(|inode| inode.parse().ok()) == Some(inode)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::process::{Command, Stdio};

    use super::{has_locked, has_no_memory};
    use crate::sys::{byte_lock, file, memfd};

    #[test]
    fn process_that_can_run_has_memory_and_a_zombie_has_none() {
        assert!(!has_no_memory(std::process::id()));
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("begun");
        assert!(!has_no_memory(child.id()));
        child.kill().expect("killed");
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while !has_no_memory(child.id()) {
            assert!(std::time::Instant::now() < deadline, "a killed process has memory still");
        }
        child.wait().expect("waited for");
        assert!(!has_no_memory(child.id()), "nobody knows of a process that is gone");
    }

    #[test]
    fn lock_of_a_process_is_told_from_others() {
        let me = std::process::id();
        let file = memfd::create("locked").expect("created");
        let inode = file::facts(&file).expect("known").inode;
        assert!(!has_locked(me, inode, 7));
        assert!(byte_lock::try_lock(file.as_fd(), file::Access::ReadWrite, 7).expect("locked"));
        assert!(has_locked(me, inode, 7));
        assert!(!has_locked(me, inode, 8));
        assert!(!has_locked(me, inode + 1, 7));
        let child = Command::new("cat").stdin(Stdio::piped()).spawn();
        let mut child = child.expect("begun");
        assert!(!has_locked(child.id(), inode, 7));
        child.kill().expect("killed");
        child.wait().expect("waited for");
    }
}
