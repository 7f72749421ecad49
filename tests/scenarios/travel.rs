//! Regions on their way to other processes: by socket, by descriptor, by inheritance.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::process::fork_child;
use shmcore::{
    AttachError, ReadOnly, Shared, ShmOptions, create_shared, create_shared_slice, create_shared_with,
};

use crate::facts::{mapped_regions, region_descriptors};
use crate::holders::must_succeed;
use crate::place::Place;

fn this_program(scenario: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("known"));
    command.arg(scenario);
    command
}

pub(crate) fn socket_carries_a_region_to_an_unrelated_process() {
    let place = Place::new();
    let path = place.root().join("socket");
    let listener = UnixListener::bind(&path).expect("bound");
    let mut peer = this_program("travel::receiving_peer");
    let mut peer = peer.env("SOCKET", &path).spawn().expect("started");
    let (socket, _) = listener.accept().expect("accepted");
    let value = create_shared::<AtomicU64>().expect("created");
    value.store(20, Relaxed);
    value.send_to(&socket).expect("sent");
    let slice = create_shared_slice::<AtomicU64>(3).expect("created");
    slice.send_to(&socket).expect("sent");
    assert!(peer.wait().expect("waited for").success());
    assert_eq!((value.load(Relaxed), slice[2].load(Relaxed)), (21, 3));
}

/// The other side of the scenario above.
pub(crate) fn receiving_peer() {
    let path = std::env::var_os("SOCKET").expect("given");
    let socket = UnixStream::connect(path).expect("connected");
    let value = Shared::<AtomicU64>::recv_from(&socket).expect("received");
    assert_eq!(value.fetch_add(1, Relaxed), 20);
    let slice = Shared::<[AtomicU64]>::recv_from(&socket).expect("received");
    slice[2].store(slice.len() as u64, Relaxed);
}

pub(crate) fn nothing_on_the_socket_is_an_error() {
    let (here, there) = UnixStream::pair().expect("a pair");
    (&here).write_all(b"x").expect("written");
    assert!(matches!(Shared::<u64>::recv_from(&there), Err(AttachError::NothingReceived { .. })));
    drop(here);
    assert!(matches!(Shared::<u64>::recv_from(&there), Err(AttachError::NothingReceived { .. })));
    let error = create_shared::<u64>().expect("created").send_to(&there).expect_err("closed");
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}

pub(crate) fn descriptor_of_a_known_region_gives_the_same_address() {
    let value = create_shared_with(4_u64).expect("created");
    let same = Shared::<u64>::from_fd(value.try_clone_fd().expect("cloned")).expect("attached");
    assert!(Shared::ptr_eq(&value, &same));
    let wrong = Shared::<[u64]>::from_fd(value.try_clone_fd().expect("cloned")).expect_err("a value");
    assert!(matches!(wrong, AttachError::Shape { len: None, .. }), "{wrong:?}");
    assert_eq!(region_descriptors().len(), 1);
}

/// Also where the child was forked before anybody had asked for a descriptor of the region.
pub(crate) fn descriptor_sent_to_a_child_leads_to_the_region_that_it_has() {
    let value = create_shared_with(4_u64).expect("created");
    let (here, there) = UnixStream::pair().expect("a pair");
    let child = fork_child(|| {
        let received = Shared::<u64>::recv_from(&there).expect("received");
        assert!(Shared::ptr_eq(&received, &value));
        assert_eq!(mapped_regions().len(), 1);
    });
    value.send_to(&here).expect("sent");
    must_succeed(&child.expect("forked"));
}

pub(crate) fn started_program_inherits_what_it_is_given_and_nothing_else() {
    let given = create_shared_with(30_u64).expect("created");
    let _kept = create_shared_with(31_u64).expect("created");
    let mut peer = this_program("travel::inheriting_peer");
    given.inherit_to(&mut peer, "GIVEN").expect("prepared");
    assert!(peer.status().expect("run").success());
    // It can be started again, and what was prepared goes with the command.
    assert!(peer.status().expect("run").success());
    drop(peer);
    assert_eq!(region_descriptors().len(), 2);
    assert!(matches!(Shared::<u64>::inherited("GIVEN"), Err(AttachError::NotFound { .. })));
}

/// The other side of the scenario above.
pub(crate) fn inheriting_peer() {
    assert_eq!(region_descriptors().len(), 1);
    let given = Shared::<u64>::inherited("GIVEN").expect("inherited");
    assert_eq!(*given, 30);
    let again = Shared::<u64>::inherited("GIVEN").expect("inherited");
    assert!(Shared::ptr_eq(&given, &again));
    // From here it goes no further.
    let listed = Command::new("ls").args(["-l", "/proc/self/fd"]).output().expect("listed");
    assert!(!String::from_utf8_lossy(&listed.stdout).contains("memfd:shmcore"));
}

pub(crate) fn wrong_descriptors_are_errors() {
    let place = Place::new();
    let open = |path: &str| OwnedFd::from(File::open(path).expect("opened"));
    let (pipe, _writer) = std::io::pipe().expect("a pipe");
    let (socket, _other) = UnixStream::pair().expect("a pair");
    let memfd = |bytes: &[u8]| {
        let file = File::from(
            rustix::fs::memfd_create("other", rustix::fs::MemfdFlags::ALLOW_SEALING).expect("created"),
        );
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
        file.write_all_at(bytes, 0).expect("written");
        file
    };
    let sealed = |bytes: &[u8]| {
        let file = memfd(bytes);
        let seals = rustix::fs::SealFlags::SHRINK | rustix::fs::SealFlags::GROW | rustix::fs::SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&file, seals).expect("sealed");
        OwnedFd::from(file)
    };
    let region = create_shared::<u64>().expect("created");
    let mut copy = vec![0; 4096];
    File::from(region.try_clone_fd().expect("cloned")).read_exact_at(&mut copy, 0).expect("read");
    let plain = place.root().join("plain");
    fs::write(&plain, &copy).expect("written");
    let open_to_all = OpenOptions::new().read(true).write(true).open(&plain).expect("opened");
    let private = place.root().join("private");
    fs::write(&private, &copy).expect("written");
    fs::set_permissions(&private, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    let two_names = place.root().join("two-names");
    fs::write(&two_names, &copy).expect("written");
    fs::set_permissions(&two_names, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    fs::hard_link(&two_names, place.root().join("second-name")).expect("linked");
    let read_write =
        |path| OwnedFd::from(OpenOptions::new().read(true).write(true).open(path).expect("opened"));
    let with = |offset: usize, value: u8| {
        let mut bytes = copy.clone();
        bytes[offset] = value;
        sealed(&bytes)
    };
    let cases: Vec<(&str, OwnedFd, &str)> = vec![
        ("pipe", pipe.into(), "NotAFile"),
        ("socket", socket.into(), "NotAFile"),
        ("/dev/zero", open("/dev/zero"), "NotAFile"),
        ("/dev/null", open("/dev/null"), "NotAFile"),
        ("folder", open("/"), "NotAFile"),
        ("eventfd", eventfd(), "NotAFile"),
        ("file in /proc", open("/proc/self/maps"), "OpenMode"),
        ("file of mode 0644", open_to_all.into(), "OpenMode"),
        ("file with two names", read_write(&two_names), "SeveralLinks"),
        ("copy of a region", read_write(&private), "ForeignCopy"),
        ("memfd without seals", memfd(&copy).into(), "Unsealed"),
        ("empty memfd", sealed(b""), "TooShort"),
        ("short memfd", sealed(&copy[..100]), "TooShort"),
        ("memfd of zeroes", sealed(&[0; 4096]), "BadMagic"),
        ("memfd of text", sealed(&[b'a'; 4096]), "BadMagic"),
        ("copied memfd", sealed(&copy), "ForeignCopy"),
        ("other byte order", with(8, 1), "ByteOrder"),
        ("other format", with(12, 99), "Format"),
        ("other pointer width", with(16, 16), "PointerWidth"),
        ("not ready", with(28, 0), "NotReady"),
    ];
    assert_eq!(cases.len(), 20);
    for (case, file, wanted) in cases {
        let error = Shared::<u64>::from_fd(file).map(drop).expect_err(case);
        let found = format!("{error:?}");
        let found = found.split([' ', '{']).next().unwrap_or_default();
        assert_eq!(found, wanted, "{case}: {error}");
    }
}

fn eventfd() -> OwnedFd {
    rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC).expect("created")
}

pub(crate) fn readers_cannot_write_whatever_they_try() {
    let board =
        ShmOptions::anonymous().read_only_peers(true).create_shared::<[AtomicU64; 4]>().expect("created");
    board[0].store(1, Relaxed);
    let file = File::from(board.try_clone_fd().expect("cloned"));
    assert_eq!(file.metadata().expect("known").mode() & 0o777, 0o400);
    assert!(file.write_at(b"x", 0).is_err());

    // A new descriptor through /proc, which only root gets for writing, maps nothing writable and writes nothing.
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(reopened) => {
            assert!(reopened.write_at(b"x", 0).is_err());
            let error = Shared::<[AtomicU64; 4]>::from_fd(reopened.into());
            // This process has the writable mapping of the creator, so it gets that one.
            assert!(Shared::ptr_eq(&board, &error.expect("the creator's own mapping")));
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    }

    let mut peer = this_program("travel::reading_peer");
    board.inherit_to(&mut peer, "BOARD").expect("prepared");
    assert!(peer.status().expect("run").success());
    board[0].store(2, Relaxed);
}

/// The other side of the scenario above.
pub(crate) fn reading_peer() {
    let error = Shared::<[AtomicU64; 4]>::inherited("BOARD").expect_err("nobody else may write");
    assert!(matches!(error, AttachError::ReadOnlyRegion { .. }), "{error:?}");
    let board = ReadOnly::<[AtomicU64; 4]>::inherited("BOARD").expect("inherited");
    let first = ReadOnly::as_ptr(&board).cast::<u64>();
    let maps = fs::read_to_string("/proc/self/maps").expect("/proc is mounted");
    let line = maps.lines().find(|line| line.contains("/memfd:shmcore:")).expect("it is mapped");
    assert!(line.contains(" r--s "), "{line}");
    assert!(!first.is_null());
}

pub(crate) fn reader_attaches_by_name() {
    let _place = Place::new();
    let created = ShmOptions::new("table").create_shared_slice::<u32>(1000).expect("created");
    let child = fork_child(|| {
        let error = ShmOptions::new("table").open_read_only::<u32>().expect_err("a slice");
        assert!(matches!(error, AttachError::Shape { len: Some(1000), .. }), "{error:?}");
        let maps = fs::read_to_string("/proc/self/maps").expect("/proc is mounted");
        assert!(!maps.contains(" r--s "), "nothing is left of what was refused");
        let table = ShmOptions::new("table").open_read_only::<[u32]>().expect("opened");
        assert_eq!((table.len(), table[999]), (1000, 0));
    });
    assert!(child.expect("forked").wait().expect("waited for").success());
    drop(created);
}
