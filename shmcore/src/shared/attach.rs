//! Making a handle of a region that another process may have made.
//!
//! # Safety
//!
//! 1. A region that was attached to has been examined: its value is valid for the type, and for the shape, that was asked
//!    for.
#![allow(unsafe_code, reason = "vouches for what was examined")]

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::contents::Contents;
use super::{ReadOnly, Shared};
use crate::region::{Attach, AttachError, Place, Region, Trust};
use crate::sys::{self, file::Access};

/// What is sent along with a descriptor, so that something else is not taken for one.
const GREETING: u8 = b'S';

/// Attaches to a place, for reading and writing.
pub(super) fn place<T: Contents + ?Sized>(place: &Place, trust: Trust) -> Result<Shared<T>, AttachError> {
    Ok(shared(attach::<T>(Access::ReadWrite, trust).place(place)?))
}

/// Attaches to a place, for reading.
pub(super) fn place_read_only<T: Contents + ?Sized>(place: &Place) -> Result<ReadOnly<T>, AttachError> {
    Ok(read_only(attach::<T>(Access::ReadOnly, Trust::Kernel).place(place)?))
}

/// Attaches to what a descriptor leads to, for reading and writing.
pub(super) fn descriptor<T: Contents + ?Sized>(file: BorrowedFd<'_>) -> Result<Shared<T>, AttachError> {
    Ok(shared(attach::<T>(Access::ReadWrite, Trust::Kernel).descriptor(file)?))
}

/// Attaches to what a descriptor leads to, for reading.
pub(super) fn descriptor_read_only<T: Contents + ?Sized>(
    file: BorrowedFd<'_>,
) -> Result<ReadOnly<T>, AttachError> {
    Ok(read_only(attach::<T>(Access::ReadOnly, Trust::Kernel).descriptor(file)?))
}

/// Sends a descriptor of a region.
pub(crate) fn send(region: &Region, socket: &UnixStream) -> std::io::Result<()> {
    let file = region.try_clone_fd()?;
    Ok(sys::socket::send(socket, GREETING, file.as_fd())?)
}

/// Receives what [`send`] has sent.
pub(crate) fn receive(socket: &UnixStream) -> Result<OwnedFd, AttachError> {
    let region = || "region from a socket".to_owned();
    match sys::socket::receive(socket).map_err(|failed| AttachError::os(&region(), failed))? {
        Some((GREETING, Some(file))) => Ok(file),
        _ => Err(AttachError::NothingReceived { region: region() }),
    }
}

fn attach<T: Contents + ?Sized>(access: Access, trust: Trust) -> Attach {
    Attach { facts: T::facts(), expected: T::EXPECTED, access, trust }
}

fn shared<T: Contents + ?Sized>(region: Arc<Region>) -> Shared<T> {
    let value = T::pointer(&region);
    // SAFETY: `Shared::new` requires
    // 1. a valid value inside the region: invariant 1; 2. that nobody makes a `&mut` to it: processes that share
    //    regions do so by this crate, for which the kernel or the caller answers (`Trust`).
    unsafe { Shared::new(region, value) }
}

fn read_only<T: Contents + ?Sized>(region: Arc<Region>) -> ReadOnly<T> {
    let value = T::pointer(&region);
    // SAFETY: `ReadOnly::new` requires the same as `Shared::new`: see there.
    unsafe { ReadOnly::new(region, value) }
}
