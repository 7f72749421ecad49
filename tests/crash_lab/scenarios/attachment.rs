//! Attaching to a region by its name: a process that dies inside leaves the region and its other processes as they were.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use shm_tests::trace;
use shmcore::process::Token;
use shmcore::{ShmOptions, ShmSafe, open_shared};

use super::folder::Folder;
use crate::child;
use crate::scenario::Scenario;

const NAME: &str = "value";
const CONSTANT: u64 = 0x5eed_5eed;

/// How long the peer lives if nobody ends it.
const DAY: Duration = Duration::from_hours(24);
/// Bytes of the header.
const HEADER: usize = 152;

#[derive(ShmSafe)]
#[repr(C)]
struct Value {
    constant: u64,
    /// The process that stays.
    peer: AtomicU64,
    /// What it has done.
    work: AtomicU64,
    /// The last one that has attached.
    attached: AtomicU64,
}

pub(crate) struct Attachment {
    folder: Folder,
    peer: Pid,
    /// A byte to the peer asks for one piece of work; a byte back says that it is done.
    socket: UnixStream,
    header: Vec<u8>,
}

pub(crate) fn new() -> Attachment {
    let folder = Folder::new();
    let (socket, theirs) = UnixStream::pair().expect("a socket");
    // The lab itself never attaches: its children would find that they have the region already.
    let peer = child::fork(DAY, || be_peer(theirs)).expect("forked");
    ask(&socket);
    let header = header(&folder);
    Attachment { folder, peer, socket, header }
}

/// Has one piece of work done.
fn ask(mut socket: &UnixStream) {
    socket.write_all(&[1]).expect("asked");
    socket.read_exact(&mut [0]).expect("answered");
}

/// The bytes of the region that nobody changes.
fn header(folder: &Folder) -> Vec<u8> {
    let mut bytes = fs::read(folder.of(NAME)).expect("the region is there");
    bytes.truncate(HEADER);
    bytes
}

fn be_peer(mut socket: UnixStream) {
    let value = ShmOptions::new(NAME).create_shared_init::<Value>(|value| {
        value.constant = CONSTANT;
        value.peer = AtomicU64::new(Token::current().expect("drawn").to_bits());
    });
    let value = value.expect("created");
    let mut byte = [0];
    while socket.read_exact(&mut byte).is_ok() {
        value.work.fetch_add(1, Relaxed);
        if socket.write_all(&byte).is_err() {
            return;
        }
    }
}

impl Scenario for Attachment {
    fn setup(&mut self) {}

    fn stretch(&self) {
        let value = open_shared::<Value>(NAME).expect("attached");
        let token = Token::current().expect("drawn");
        value.attached.store(token.to_bits(), Relaxed);
        drop(value);
    }

    fn recover_and_check(&self) {
        assert_eq!(self.folder.names(), [NAME]);
        assert!(header(&self.folder) == self.header, "the header is as it was");
        let value = open_shared::<Value>(NAME).expect("attached");
        assert_eq!(value.constant, CONSTANT);
        let is_alive = |token: Token| value.is_alive(token).expect("asked");
        if let Some(attached) = Token::from_bits(value.attached.load(Relaxed)) {
            assert!(!is_alive(attached), "who has died is dead");
        }
        assert!(is_alive(Token::from_bits(value.peer.load(Relaxed)).expect("a token")), "who lives is alive");
        let before = value.work.load(Relaxed);
        ask(&self.socket);
        // An answer that another recoverer has not lived to read may come first.
        while value.work.load(Relaxed) == before {
            (&self.socket).read_exact(&mut [0]).expect("answered");
        }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        // Not waited for yet, so the id is still its own.
        let _ = kill_process(self.peer, Signal::KILL);
        let _ = trace::wait(self.peer);
    }
}
