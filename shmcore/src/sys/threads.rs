//! The threads of this process, as the kernel counts them.

use super::Failed;

/// The number of threads of this process, threads that are about to end included.
pub(crate) fn count() -> Result<u64, Failed> {
    // The links of a directory are `.`, its name in the parent, and `..` of each folder inside; the folders of
    // `/proc/self/task` are the threads (proc_pid_task(5)), and the kernel counts them for this call.
    let task = rustix::fs::stat("/proc/self/task").map_err(Failed::at("stat(/proc/self/task)"))?;
    #[allow(clippy::useless_conversion, reason = "32 bits wide on some machines")]
    Ok(u64::from(task.st_nlink).saturating_sub(2))
}
