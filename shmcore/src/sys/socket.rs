//! Descriptors through Unix sockets.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};

use super::Failed;

/// Sends `byte` with a descriptor. Blocks as the socket does.
pub(crate) fn send(socket: impl AsFd, byte: u8, file: BorrowedFd<'_>) -> Result<(), Failed> {
    const CALL: &str = "sendmsg";
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let files = [file];
    control.push(SendAncillaryMessage::ScmRights(&files));
    let data = [byte];
    let data = [IoSlice::new(&data)];
    let sent =
        rustix::io::retry_on_intr(|| rustix::net::sendmsg(&socket, &data, &mut control, SendFlags::NOSIGNAL))
            .map_err(Failed::at(CALL))?;
    if sent == 1 { Ok(()) } else { Err(Failed { call: CALL, source: io::ErrorKind::WriteZero.into() }) }
}

/// Receives a byte, and the descriptor that was sent with it, if one was. `None` if the other side has closed the socket.
/// The descriptor is close-on-exec.
pub(crate) fn receive(socket: impl AsFd) -> Result<Option<(u8, Option<OwnedFd>)>, Failed> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let message = rustix::io::retry_on_intr(|| {
        rustix::net::recvmsg(
            &socket,
            &mut [IoSliceMut::new(&mut byte)],
            &mut control,
            RecvFlags::CMSG_CLOEXEC,
        )
    })
    .map_err(Failed::at("recvmsg"))?;
    if message.bytes == 0 {
        return Ok(None);
    }
    let mut file = None;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(files) = message {
            file = files.last().or(file);
        }
    }
    Ok(Some((byte[0], file)))
}
