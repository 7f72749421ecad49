//! Heaps as regions: how processes come by them, and what is refused.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::process::fork_child;
use shmcore::{
    AttachError, CreateError, Opened, ReadOnly, Shared, ShmHeap, ShmOptions, ShmSafe, create_shared,
    create_shared_slice, open_shared, unlink,
};

use crate::facts::{mapped_regions, region_descriptors};
use crate::holders::must_succeed;
use crate::place::Place;

#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Root {
    count: AtomicU64,
    kind: Kind,
}

#[derive(ShmSafe, Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
enum Kind {
    #[expect(dead_code, reason = "zeroes are another one")]
    Other,
    #[default]
    Usual = 3,
}

/// The length of the region that a descriptor leads to, and where its arena starts.
pub(crate) fn arena_of(file: &File) -> (u64, u64) {
    let mut start = [0; 4096];
    file.read_at(&mut start, 0).expect("read");
    // The second word of the arena tells that it is one.
    let mark = start.windows(8).position(|bytes| bytes == b"shmheap\x01").expect("a heap");
    (file.metadata().expect("known").size(), mark as u64 - 8)
}

/// Whether this process has the region with this name in its address space.
fn is_mapped(place: &Place, name: &str) -> bool {
    // Its creator knows the file by the name that it had then: by none.
    let inode = fs::metadata(place.of(name)).expect("known").ino().to_string();
    let maps = fs::read_to_string("/proc/self/maps").expect("/proc is mounted");
    maps.lines().any(|line| line.split_whitespace().nth(4) == Some(inode.as_str()))
}

pub(crate) fn heap_is_found_by_name_with_its_root_made_in_place() {
    let place = Place::new();
    let heap = ShmOptions::new("heap").create_heap::<Root>(100_000).expect("created");
    assert!(heap.capacity() >= 100_000, "{heap:?}");
    assert_eq!(heap.root().kind, Kind::Usual);
    let error = ShmOptions::new("heap").create_heap::<Root>(1).expect_err("taken");
    assert!(matches!(error, CreateError::AlreadyExists { .. }), "{error:?}");
    let mut peer = Command::new(std::env::current_exe().expect("known"));
    assert!(peer.arg("heap::opening_peer").status().expect("run").success());
    assert_eq!(heap.root().count.load(Relaxed), 1);

    let same = ShmOptions::new("heap").open_heap::<Root>().expect("opened");
    assert!(ShmHeap::ptr_eq(&heap, &same) && std::ptr::eq(heap.root(), same.root()));
    drop(heap);
    assert_eq!(same.clone().root().count.load(Relaxed), 1);
    unlink("heap").expect("unlinked");
    let (again, opened) = ShmOptions::new("heap").open_or_create_heap::<Root>(1).expect("created");
    assert_eq!((opened, again.root().count.load(Relaxed)), (Opened::Created, 0));
    assert_eq!(same.root().count.load(Relaxed), 1);
    assert_eq!(place.names(), ["heap"]);
}

/// Another program that opens the heap of the scenario above.
pub(crate) fn opening_peer() {
    let (heap, opened) = ShmOptions::new("heap").open_or_create_heap::<Root>(1 << 30).expect("opened");
    assert_eq!(opened, Opened::Attached);
    assert!((100_000..1 << 20).contains(&heap.capacity()), "{heap:?}");
    assert_eq!(heap.root().kind, Kind::Usual);
    heap.root().count.fetch_add(1, Relaxed);
}

pub(crate) fn child_has_the_heap_at_the_same_address() {
    let heap = ShmOptions::anonymous().create_heap::<Root>(5000).expect("created");
    let address = std::ptr::from_ref(heap.root()).addr();
    let child = fork_child(|| {
        assert_eq!(std::ptr::from_ref(heap.root()).addr(), address);
        heap.root().count.store(8, Relaxed);
        let token = shmcore::process::Token::current().expect("drawn");
        assert!(heap.is_alive(token).expect("asked"));
        drop(heap.clone());
    });
    must_succeed(&child.expect("forked"));
    assert_eq!(heap.root().count.load(Relaxed), 8);
    drop(heap);
    assert!(mapped_regions().is_empty() && region_descriptors().is_empty());
}

pub(crate) fn heap_travels_by_socket_by_descriptor_and_by_inheritance() {
    let place = Place::new();
    let path = place.root().join("socket");
    let listener = UnixListener::bind(&path).expect("bound");
    let sent = ShmOptions::anonymous().create_heap::<Root>(5000).expect("created");
    let given = ShmOptions::anonymous().create_heap::<AtomicU64>(70_000).expect("created");
    let mut peer = Command::new(std::env::current_exe().expect("known"));
    peer.arg("heap::receiving_peer").env("SOCKET", &path);
    given.inherit_to(&mut peer, "GIVEN").expect("prepared");
    let mut peer = peer.spawn().expect("started");
    let (socket, _) = listener.accept().expect("accepted");
    sent.send_to(&socket).expect("sent");
    assert!(peer.wait().expect("waited for").success());
    assert_eq!((sent.root().count.load(Relaxed), given.root().load(Relaxed)), (5, 6));

    let same = ShmHeap::<Root>::from_fd(sent.try_clone_fd().expect("cloned")).expect("attached");
    assert!(ShmHeap::ptr_eq(&same, &sent));
    assert!(matches!(ShmHeap::<Root>::inherited("GIVEN"), Err(AttachError::NotFound { .. })));
}

/// The other side of the scenario above.
pub(crate) fn receiving_peer() {
    let path = std::env::var_os("SOCKET").expect("given");
    let socket = UnixStream::connect(path).expect("connected");
    let sent = ShmHeap::<Root>::recv_from(&socket).expect("received");
    sent.root().count.store(5, Relaxed);
    let given = ShmHeap::<AtomicU64>::inherited("GIVEN").expect("inherited");
    assert!(given.capacity() >= 70_000);
    given.root().store(6, Relaxed);
}

/// A child that is sent a heap which it has inherited already has it once, and not twice.
pub(crate) fn descriptor_sent_to_a_child_leads_to_the_heap_that_it_has() {
    let heap = ShmOptions::anonymous().create_heap::<Root>(5000).expect("created");
    let (here, there) = UnixStream::pair().expect("a pair");
    let child = fork_child(|| {
        let received = ShmHeap::<Root>::recv_from(&there).expect("received");
        assert!(ShmHeap::ptr_eq(&received, &heap));
        assert_eq!(mapped_regions().len(), 1);
    });
    heap.send_to(&here).expect("sent");
    must_succeed(&child.expect("forked"));
}

pub(crate) fn region_of_another_shape_is_no_heap_and_a_heap_is_no_value() {
    let _place = Place::new();
    ShmOptions::new("value").create_shared::<u64>().expect("created");
    ShmOptions::new("slice").create_shared_slice::<u64>(9).expect("created");
    let first = ShmOptions::new("heap").create_heap::<u64>(1).expect("created");
    let demand = || {
        let error = ShmOptions::new("value").open_heap::<u64>().expect_err("a value");
        assert!(matches!(error, AttachError::NoHeap { len: None, .. }), "{error:?}");
        assert!(error.to_string().contains("a heap was asked for"), "{error}");
        let error = ShmOptions::new("slice").open_heap::<u64>().expect_err("a slice");
        assert!(matches!(error, AttachError::NoHeap { len: Some(9), .. }), "{error:?}");
        let error = open_shared::<u64>("heap").expect_err("a heap");
        assert!(matches!(error, AttachError::Heap { arena_len, .. } if arena_len > 1), "{error:?}");
        let error = ShmOptions::new("heap").open_shared_slice::<u64>().expect_err("a heap");
        assert!(matches!(error, AttachError::Heap { .. }), "{error:?}");
        let error = ShmOptions::new("heap").open_read_only::<u64>().map(drop).expect_err("a heap");
        assert!(matches!(error, AttachError::Heap { .. }), "{error:?}");
        let error = ShmOptions::new("heap").open_heap::<i64>().expect_err("another root");
        assert!(matches!(error, AttachError::LayoutMismatch { .. }), "{error:?}");
    };
    // Also of what this process has mapped.
    demand();
    drop(first);
    demand();
    let value = create_shared::<u64>().expect("created").try_clone_fd().expect("cloned");
    assert!(matches!(ShmHeap::<u64>::from_fd(value), Err(AttachError::NoHeap { len: None, .. })));
    let slice = create_shared_slice::<u64>(2).expect("created").try_clone_fd().expect("cloned");
    assert!(matches!(ShmHeap::<u64>::from_fd(slice), Err(AttachError::NoHeap { len: Some(2), .. })));
    let heap = ShmOptions::anonymous().create_heap::<u64>(1).expect("created");
    let file = || heap.try_clone_fd().expect("cloned");
    assert!(matches!(Shared::<u64>::from_fd(file()), Err(AttachError::Heap { .. })));
    assert!(matches!(Shared::<[u64]>::from_fd(file()), Err(AttachError::Heap { .. })));
    assert!(matches!(ReadOnly::<u64>::from_fd(file()), Err(AttachError::Heap { .. })));
    ShmHeap::<u64>::from_fd(file()).expect("a heap");
}

pub(crate) fn heaps_that_cannot_be_are_errors() {
    let _place = Place::new();
    for options in [ShmOptions::anonymous(), ShmOptions::new("heap")] {
        for bytes in [usize::MAX, isize::MAX as usize] {
            let error = options.create_heap::<Root>(bytes).expect_err("too large");
            assert!(
                matches!(error, CreateError::TooLarge { element_size: 1, len, .. } if len == bytes),
                "{error:?}"
            );
        }
        let error = options.clone().read_only_peers(true).create_heap::<Root>(1).expect_err("refused");
        assert!(matches!(error, CreateError::Unsupported { .. }), "{error:?}");
        assert!(error.to_string().contains("cannot have a heap"), "{error}");
    }
    let error = ShmOptions::new("heap").open_heap::<Root>().expect_err("there is none");
    assert!(matches!(error, AttachError::NotFound { .. }), "{error:?}");
    let empty = ShmOptions::anonymous().create_heap::<()>(0).expect("created");
    assert!(empty.capacity() >= 64);
    assert!(region_descriptors().len() == 1, "nothing is left of the others");
}

/// Whatever a peer writes over header, layout and the start of the arena, attaching says what is wrong, or attaches to a
/// heap that is one.
pub(crate) fn corrupted_headers_of_heaps_are_errors() {
    let place = Place::new();
    let heap = ShmOptions::new("heap").create_heap::<Root>(5000).expect("created");
    let capacity = heap.capacity();
    let file = OpenOptions::new().read(true).write(true).open(place.of("heap")).expect("opened");
    let (len, arena) = arena_of(&file);
    drop(heap);
    let mut original = vec![0; usize::try_from(len).expect("small")];
    file.read_exact_at(&mut original, 0).expect("read");
    let end = usize::try_from(arena).expect("small") + 8;

    let open = || ShmOptions::new("heap").open_heap::<Root>();
    let refused = |offset: usize, number: u64| {
        let mut bytes = original.clone();
        bytes[offset..offset + 8].copy_from_slice(&number.to_ne_bytes());
        file.write_all_at(&bytes, 0).expect("written");
        let error = open().expect_err("refused");
        assert!(matches!(error, AttachError::Corrupt { .. }), "{offset} {number}: {error:?}");
        error.to_string()
    };
    for count in [0, 1, 63, 64, capacity as u64 - 64, capacity as u64 + 64, len, u64::MAX] {
        assert!(refused(96, count).contains("an arena of"), "{count}");
    }
    for generation in [0, 1, u64::from(u32::MAX), 1 << 63, u64::MAX] {
        assert!(refused(end - 8, generation).contains("generation"), "{generation}");
    }

    let seed = std::env::var("SHM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed);
    println!("SHM_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut refused, mut attached) = (0, 0);
    for _ in 0..100_000 {
        let mut bytes = original[..end].to_vec();
        for _ in 0..random.usize(1..4) {
            // Half of the time one of the numbers that tell where what lies.
            let at = if random.bool() { random.usize(80..136) } else { random.usize(..end) };
            bytes[at] = match random.u8(0..4) {
                0 => random.u8(..),
                1 => bytes[at] ^ (1 << random.u8(0..8)),
                2 => 0xff,
                _ => bytes[at].wrapping_add(1),
            };
        }
        file.write_all_at(&bytes, 0).expect("written");
        match open() {
            Ok(heap) => {
                attached += 1;
                assert_eq!(heap.capacity(), capacity);
                assert!(matches!(heap.root().kind, Kind::Usual | Kind::Other));
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    println!("{refused} refused, {attached} attached");
    assert!(refused > 10_000 && attached > 1000);
    assert!(!is_mapped(&place, "heap"));
    file.write_all_at(&original, 0).expect("written");
    open().expect("the original is right");
}

/// Two heaps of which nobody could tell what is whose.
pub(crate) fn heap_with_the_id_of_one_that_is_open_is_refused() {
    let place = Place::new();
    let create = |name: &str| ShmOptions::new(name).create_heap::<Root>(5000).expect("created");
    let (one, other) = (create("one"), create("other"));
    let generation_in = |name: &str| {
        let file = OpenOptions::new().read(true).write(true).open(place.of(name)).expect("opened");
        let arena = arena_of(&file).1;
        (file, arena)
    };
    let (file, arena) = generation_in("one");
    let mut generation = [0; 8];
    file.read_exact_at(&mut generation, arena).expect("read");
    drop(other);
    let (file, arena) = generation_in("other");
    file.write_all_at(&generation, arena).expect("written");
    let open = || ShmOptions::new("other").open_heap::<Root>();
    let error = open().expect_err("refused");
    let id = u64::from_ne_bytes(generation) >> 32;
    assert!(matches!(error, AttachError::SameHeapId { id: found, .. } if found == id), "{error:?}");
    assert!(error.to_string().contains(&format!("{id:#x}")), "{error}");
    assert!(is_mapped(&place, "one") && !is_mapped(&place, "other"));
    ShmOptions::new("one").open_heap::<Root>().expect("it is the one");
    drop(one);
    open().expect("nobody has its id");
}
