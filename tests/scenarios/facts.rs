//! What the kernel says about this process: its mappings and its descriptors; and waiting for what another one does.
#![allow(unsafe_code, reason = "asks the kernel which pages are in memory")]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The lines of `/proc/self/maps` for regions of shmcore.
pub(crate) fn mapped_regions() -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").expect("/proc is mounted");
    maps.lines().filter(|line| line.contains("/memfd:shmcore:")).map(str::to_owned).collect()
}

/// The paths in `/proc/self/fd` of descriptors of regions.
pub(crate) fn region_descriptors() -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc/self/fd").expect("/proc is mounted");
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    let is_region = |path: &PathBuf| {
        fs::read_link(path).is_ok_and(|target| target.to_string_lossy().starts_with("/memfd:shmcore:"))
    };
    paths.filter(is_region).collect()
}

/// The number of pages in memory among those that `value` covers, whoever touched them.
pub(crate) fn resident_pages<T: ?Sized>(value: &T) -> usize {
    let page = rustix::param::page_size();
    let address = std::ptr::from_ref(value).addr();
    let start = address / page * page;
    let len = address + size_of_val(value) - start;
    let mut resident = vec![0_u8; len.div_ceil(page)];
    // SAFETY: `mincore` requires a mapped range that starts at a page, as `value` is inside one, and a byte of output
    // for each page of it (mincore(2)).
    let result = unsafe { libc::mincore(start as *mut libc::c_void, len, resident.as_mut_ptr()) };
    assert_eq!(result, 0, "mincore: {}", std::io::Error::last_os_error());
    resident.iter().filter(|&&page| page & 1 == 1).count()
}

/// Waits until another process has made `condition` true; panics if that takes a minute.
#[track_caller]
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < deadline, "the other process did not do its part");
        std::thread::yield_now();
    }
}

/// Waits until a process sleeps in the kernel.
#[track_caller]
pub(crate) fn wait_until_asleep(pid: u32) {
    wait_until(|| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it lives");
        // Behind the name of the program, which may have any characters (proc(5)).
        stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S'))
    });
}
