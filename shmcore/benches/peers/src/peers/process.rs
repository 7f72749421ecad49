//! A process as the kernel knows it, by a descriptor of it.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

pub(crate) struct Watched(OwnedFd);

impl Watched {
    /// Of a child that was not waited for.
    pub(crate) fn new(id: u32) -> Self {
        // SAFETY: `pidfd_open` takes any number and no flags (pidfd_open(2)).
        let file = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) };
        let file = libc::c_int::try_from(file).expect("a descriptor");
        assert!(file >= 0);
        // SAFETY: the descriptor is new, and nobody else closes it.
        Self(unsafe { OwnedFd::from_raw_fd(file) })
    }

    /// Whether it runs: the descriptor can be read from when it does not any more.
    pub(crate) fn is_alive(&self) -> bool {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: `poll` requires as many elements as it is told of: one (poll(2)).
        let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
        assert!(ready >= 0);
        ready == 0
    }
}
